import type { InputReader } from '../runner/inputs.ts';

/** The one GitHub server whose runs can be looked up. */
export interface GitHubScope {
  readonly serverUrl: string;
  readonly apiUrl: string;
  /** Undefined: none was given, so no run can be looked up. */
  readonly token: string | undefined;
}

/** How a lock is proved to be stale. */
export interface StaleProofInputs {
  /** How long ago the holder's job must have ended where nothing renews its lock, in ms. */
  readonly staleAfterMs: number;
  readonly github: GitHubScope;
}

// A runner that lost contact cancels its job only five minutes after its own lock on that ran out, and its post steps take
// some minutes more.
const STALE_AFTER_MS = 900_000;

/** Reads the inputs that a proof of staleness needs, for every action that asks for one. */
export function readStaleProofInputs(reader: InputReader): StaleProofInputs {
  return {
    staleAfterMs: reader.duration('stale_after') ?? STALE_AFTER_MS,
    github: {
      serverUrl: reader.environment('GITHUB_SERVER_URL') ?? 'https://github.com',
      apiUrl: reader.environment('GITHUB_API_URL') ?? 'https://api.github.com',
      token: reader.text('github_token'),
    },
  };
}
