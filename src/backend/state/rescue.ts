import type { Backend } from '../settings.ts';
import type { StateFacts } from './hash-and-inspect.ts';
import type { StateProvenance } from './provenance.ts';
import { storeFile } from './state-object.ts';

export interface RescueRequest {
  readonly path: string;
  readonly facts: StateFacts;
  readonly provenance: StateProvenance;
  /** Names the run and its attempt: `123-1`. */
  readonly name: string;
}

/**
 * Keeps a state that could not be pushed beside the state object, under `<state key>.rescue/<name>`, encrypted alike.
 * Never overwrites: a second state of the same run gets its lock's id appended.
 * Returns the key. Errors: AwsError, or an Error when even that name is taken.
 */
export async function storeRescueCopy(backend: Backend, request: RescueRequest): Promise<string> {
  const { path, facts, provenance, name } = request;
  const folder = `${backend.address.objectKey}.rescue`;
  for (const key of [`${folder}/${name}`, `${folder}/${name}-${provenance.lockId}`]) {
    const outcome = await storeFile(backend, { key, path, facts, provenance, expectedEtag: undefined });
    if (outcome.kind === 'stored') return key;
  }
  throw new Error(`both names for a rescue copy below ${folder}/ are taken`);
}
