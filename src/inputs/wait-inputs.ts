import type { InputReader } from '../runner/inputs.ts';
import type { LockModeInputs } from './lock-mode-inputs.ts';

/** Where a wait for the lock is reported: in a comment on a pull request. */
export interface WaitCommentInputs {
  /** Undefined when the event decides. */
  readonly pullRequest: number | undefined;
  readonly apiUrl: string;
  readonly token: string;
}

/** Reads whether a wait is reported on the pull request; undefined when it is not. Problems go to the reader. */
export function readWaitComment(
  reader: InputReader,
  { lockMode }: Pick<LockModeInputs, 'lockMode'>,
  warnings: string[],
): WaitCommentInputs | undefined {
  const publish = reader.choice('publish', ['comment', 'none']) ?? 'none';
  const pullRequest = reader.integer('pr_number', 1);
  if (publish === 'none') return undefined;
  if (lockMode !== 'hold') {
    warnings.push(`publish: comment has no effect with lock: ${lockMode}, which never waits.`);
    return undefined;
  }
  const token = reader.text('github_token');
  if (token === undefined) {
    const fix = 'publish: comment needs a token with pull-requests: write';
    reader.reject('github_token', undefined, fix);
    return undefined;
  }
  return { pullRequest, apiUrl: reader.environment('GITHUB_API_URL') ?? 'https://api.github.com', token };
}
