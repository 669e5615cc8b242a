import { checkHeader, type Members, partialHeader } from './header.ts';
import { ENCRYPTED_CONTENT, type InvalidProblem, type StateInspection } from './inspection.ts';
import type { IndexLimits } from './instance-collector.ts';
import { JsonScanner } from './json-scanner.ts';
import { gatherTexts } from './text-sink.ts';
import { createTopLevel, type TopLevel } from './top-level.ts';

export type { PartialHeader, StateHeader } from './header.ts';
export type { InvalidProblem, InvalidState, StateInspection, ValidState } from './inspection.ts';
export type { ResourceIndex } from './resource-index.ts';

export interface StateInspector {
  /** Takes the next bytes, split anywhere. Ignores them after the first error. */
  write(chunk: Uint8Array): void;
  /** Call once. Never throws: there is a result for any input. */
  end(): StateInspection;
}

const LIMITS: IndexLimits = { instances: 20_000, addressLength: 4_000_000 };

/**
 * Inspects a Terraform state, format 4, of any size as a stream, in constant memory (docs/protocol.md#state-file,
 * docs/design.md#streams-not-buffers).
 */
export function createStateInspector(limits: IndexLimits = LIMITS): StateInspector {
  const top = createTopLevel(limits);
  const scanner = new JsonScanner(gatherTexts(top.sink));
  return {
    write: (chunk) => scanner.write(chunk),
    end() {
      const end = scanner.end();
      if (end.kind === 'complete') return classify(top);
      const members = top.members() ?? new Map();
      if (end.kind === 'stuck') return invalid('not_json', `it stops being JSON at byte ${end.at}`, members);
      if (end.kind === 'blank') return invalid('empty', 'it is empty', members);
      return invalid('truncated', 'it ends in the middle', members);
    },
  };
}

function classify(top: TopLevel): StateInspection {
  const members = top.members();
  if (members === undefined) return invalid('malformed', 'its top level is not an object', new Map());
  const check = checkHeader(members);
  if (!check.ok) return invalid(check.problem, check.detail, members);
  if (check.isEncrypted) {
    const { header } = check;
    return { kind: 'state', header, content: ENCRYPTED_CONTENT, isEmpty: false, resources: undefined };
  }
  const { hash, isEmpty, resources } = top.content();
  return { kind: 'state', header: check.header, content: hash, isEmpty, resources };
}

function invalid(problem: InvalidProblem, detail: string, members: Members): StateInspection {
  return { kind: 'invalid', problem, detail, header: partialHeader(members) };
}
