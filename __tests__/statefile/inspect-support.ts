import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createStateInspector, type StateInspection, type ValidState } from '../../src/statefile/inspect.ts';

const STATES = join(import.meta.dirname, '../fixtures/states');

/** A file that the real terraform wrote. */
export function fixture(name: string): Buffer {
  return readFileSync(join(STATES, name));
}

/** Inspects bytes in chunks of the given sizes, and the rest in one. */
export function inspect(bytes: Uint8Array | string, sizes: readonly number[] = []): StateInspection {
  const inspector = createStateInspector();
  let rest = typeof bytes === 'string' ? Buffer.from(bytes) : Buffer.from(bytes);
  for (const size of sizes) {
    inspector.write(rest.subarray(0, size));
    rest = rest.subarray(size);
  }
  inspector.write(rest);
  return inspector.end();
}

export function inspectValid(bytes: Uint8Array | string): ValidState {
  const inspection = inspect(bytes);
  if (inspection.kind !== 'state') throw new Error(`no state: ${inspection.detail}`);
  return inspection;
}

/** A state with the given top-level members beside the version. */
export function stateWith(members: object): string {
  return JSON.stringify({ version: 4, serial: 1, lineage: 'l', ...members });
}

/** A managed resource with the given instances. */
export function resource(instances: readonly object[], fields: object = {}): object {
  return { mode: 'managed', type: 'test', name: 'r', provider: 'p', instances, ...fields };
}
