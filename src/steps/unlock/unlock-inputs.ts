import type { BackendSettings } from '../../backend/settings.ts';
import { readBackendInputs } from '../../inputs/backend-inputs.ts';
import { InputError } from '../../inputs/hold-inputs.ts';
import { withSessionPolicy } from '../../inputs/session-policy.ts';
import { readStaleProofInputs, type StaleProofInputs } from '../../inputs/stale-inputs.ts';
import {
  createInputReader,
  type Environment,
  type GivenSettings,
  type InputReader,
  NOTHING_GIVEN,
} from '../../runner/inputs.ts';
import type { Job } from '../../runner/job.ts';

/** What decides whether a lock is freed. */
export type UnlockMode =
  | { readonly kind: 'lock_id'; readonly lockId: string }
  | ({ readonly kind: 'only_if_stale' } & StaleProofInputs)
  | { readonly kind: 'force' };

/** The inputs of the unlock action. */
export interface UnlockInputs {
  readonly backend: BackendSettings;
  readonly mode: UnlockMode;
  readonly warnings: readonly string[];
}

const MODES = 'give exactly one of lock_id, only_if_stale: true and force: true';

/**
 * Reads the unlock action's inputs; touches nothing. `profileRegion` and `given` as for the main action.
 * Errors: InputError with every problem.
 */
export function readUnlockInputs(
  env: Environment,
  job: Job,
  profileRegion: string | undefined,
  given: GivenSettings = NOTHING_GIVEN,
): UnlockInputs {
  const reader = createInputReader(env, given);
  const { settings, ...read } = readBackendInputs(reader, job, profileRegion);
  const warnings = [...read.warnings];
  if (settings.table === undefined && !settings.useLockfile) {
    reader.reject(
      'dynamodb_table',
      undefined,
      'name the table that the lock is in, or set use_lockfile: true; without either nothing is locked',
    );
  }
  const mode = readMode(reader);
  const backend = withSessionPolicy(reader, 'unlock', [settings], warnings);
  if (reader.problems.length > 0 || mode === undefined) {
    throw new InputError(reader.problems);
  }
  return { backend, mode, warnings };
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
