import type { InputSources } from '../../inputs/input-sources.ts';
import { rejectWithoutLock } from '../../inputs/lock-mode-inputs.ts';
import { readStateInputs, type StateInputs } from '../../inputs/read-state-inputs.ts';
import { readStaleProofInputs, type StaleProofInputs } from '../../inputs/stale-inputs.ts';
import type { InputReader } from '../../runner/inputs.ts';

/** What decides whether a lock is freed. */
export type UnlockMode =
  | { readonly kind: 'lock_id'; readonly lockId: string }
  | ({ readonly kind: 'only_if_stale' } & StaleProofInputs)
  | { readonly kind: 'force' };

/** The inputs of the unlock action. */
export interface UnlockInputs extends StateInputs {
  readonly mode: UnlockMode;
}

const MODES = 'give exactly one of lock_id, only_if_stale: true and force: true';

/** Reads the unlock action's inputs and changes nothing. Errors: InputError with every problem. */
export function readUnlockInputs(sources: InputSources): UnlockInputs {
  return readStateInputs(sources, (reader, { settings }) => {
    rejectWithoutLock(reader, settings, 'nothing is locked');
    const mode = readMode(reader);
    return { own: mode && { mode }, use: 'unlock' };
  });
}

function readMode(reader: InputReader): UnlockMode | undefined {
  const lockId = reader.text('lock_id');
  const onlyIfStale = reader.boolean('only_if_stale') ?? false;
  const force = reader.boolean('force') ?? false;
  const stale = readStaleMode(reader, onlyIfStale);
  const modes: UnlockMode[] = [
    ...(lockId === undefined ? [] : [{ kind: 'lock_id', lockId } as const]),
    ...(onlyIfStale ? [stale] : []),
    ...(force ? [{ kind: 'force' } as const] : []),
  ];
  if (modes.length === 1) return modes[0];
  const given = modes.map(({ kind }) => kind).join(', ');
  reader.reject('lock_id', lockId, given === '' ? MODES : `${MODES}; here are ${given}`);
  return undefined;
}

function readStaleMode(reader: InputReader, isAsked: boolean): UnlockMode {
  const proof = readStaleProofInputs(reader);
  if (isAsked && proof.github.token === undefined) {
    reader.reject(
      'github_token',
      undefined,
      'only_if_stale looks up the run of the holder: give a token with actions: read',
    );
  }
  return { kind: 'only_if_stale', ...proof };
}
