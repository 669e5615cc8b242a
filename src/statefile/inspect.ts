import type { StateInspection } from './inspection.ts';
import type { IndexLimits } from './instance-collector.ts';
import { createJsonReader } from './json-reader.ts';
import { createTopLevel } from './top-level.ts';

export type { PartialHeader, StateHeader } from './header.ts';
export type { InvalidProblem, InvalidState, ProperState, StateInspection } from './inspection.ts';
export type { ResourceIndex } from './resource-index.ts';

export interface StateInspector {
  /** Takes the next bytes, cut anywhere. Ignored after the first error. */
  write(chunk: Uint8Array): void;
  /** Call once. Throws nothing: whatever was written, there is a verdict. */
  end(): StateInspection;
}

const LIMITS: IndexLimits = { instances: 50_000, addressLength: 8_000_000 };

/** Inspects a Terraform state, format 4, of any size while its bytes go by, in constant memory (spec 7; design 13). */
export function createStateInspector(limits: IndexLimits = LIMITS): StateInspector {
  const top = createTopLevel(limits);
  const reader = createJsonReader(top.sink);
  return {
    write(chunk) {
      // The encrypted payload is one string as long as the file: to read on would be to hold it in memory.
      if (!top.isEncrypted()) reader.write(chunk);
    },
    end() {
      if (top.isEncrypted()) return top.verdict();
      const outcome = reader.end();
      if (outcome.ok) return top.verdict();
      return { kind: 'invalid', problem: outcome.problem, detail: outcome.detail, header: top.partial() };
    },
  };
}
