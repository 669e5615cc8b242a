import type { InputReader } from '../runner/inputs.ts';

/** The only GitHub server whose runs can be looked up. */
export interface GitHubScope {
  readonly serverUrl: string;
  readonly apiUrl: string;
  /** Undefined when none was given, so no run can be looked up. */
  readonly token: string | undefined;
}

/** How a lock is proved stale. */
export interface StaleProofInputs {
  /** How long ago the holder's job must have ended if nothing renews its lock, in ms. */
  readonly staleAfterMs: number;
  readonly github: GitHubScope;
}

// If a runner loses contact, GitHub cancels its job only five minutes after the runner's own lock on it expired, and
// post steps take some minutes more.
const STALE_AFTER_MS = 900_000;

/** Reads the inputs for a proof of staleness, for every action that needs one. */
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
