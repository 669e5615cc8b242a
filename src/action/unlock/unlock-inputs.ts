import type { BackendSettings } from '../../backend/settings.ts';
import { createInputReader, type Environment, type InputReader } from '../../runner/inputs.ts';
import type { Job } from '../../runner/job.ts';
import { readBackendInputs } from '../inputs/backend-inputs.ts';
import { InputError } from '../inputs/hold-inputs.ts';

/** What decides whether a lock is freed. */
export type UnlockMode =
  | { readonly kind: 'lock_id'; readonly lockId: string }
  | { readonly kind: 'only_if_stale'; readonly staleAfterMs: number; readonly github: GitHubPlace }
  | { readonly kind: 'force' };

/** The one GitHub server whose runs can be looked up. */
export interface GitHubPlace {
  readonly serverUrl: string;
  readonly apiUrl: string;
  readonly token: string;
}

/** The inputs of the unlock action. */
export interface UnlockInputs {
  readonly backend: BackendSettings;
  readonly table: string;
  readonly mode: UnlockMode;
  readonly warnings: readonly string[];
}

const STALE_AFTER_MS = 300_000;
const MODES = 'give exactly one of lock_id, only_if_stale: true and force: true';

/**
 * Reads the unlock action's inputs; touches nothing. `profileRegion` as for the main action.
 * Errors: InputError with every problem.
 */
export function readUnlockInputs(
  env: Environment,
  job: Job,
  profileRegion: string | undefined,
): UnlockInputs {
  const reader = createInputReader(env);
  const { settings, warnings } = readBackendInputs(reader, job, profileRegion);
  const table = settings.dynamodbTable;
  if (table === undefined) {
    reader.reject(
      'dynamodb_table',
      undefined,
      'name the table that the lock is in; without one nothing is locked',
    );
  }
  const mode = readMode(reader);
  if (reader.problems.length > 0 || table === undefined || mode === undefined) {
    throw new InputError(reader.problems);
  }
  return { backend: settings, table, mode, warnings };
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
  const staleAfterMs = reader.duration('stale_after') ?? STALE_AFTER_MS;
  const token = reader.text('github_token');
  if (isAsked && token === undefined) {
    reader.reject(
      'github_token',
      undefined,
      'only_if_stale looks up the run of the holder: give a token with actions: read',
    );
  }
  const serverUrl = reader.environment('GITHUB_SERVER_URL') ?? 'https://github.com';
  const apiUrl = reader.environment('GITHUB_API_URL') ?? 'https://api.github.com';
  return { kind: 'only_if_stale', staleAfterMs, github: { serverUrl, apiUrl, token: token ?? '' } };
}
