import { AwsError } from '../aws/errors.ts';
import { DigestOverwritten } from '../backend/state/commit.ts';
import { StateError } from '../backend/state-error.ts';
import { GitHubError } from '../github/api.ts';
import { InputError } from '../inputs/input-error.ts';
import { Interrupted, OutOfTime } from '../runner/interrupt.ts';
import { toMessage } from '../text/error-message.ts';
import { formatDuration } from '../time/duration.ts';
import { WorkspaceError } from '../workspace-files/workspace-error.ts';
import { explainAwsError } from './explain-aws-error.ts';
import { explainGitHubError } from './explain-github-error.ts';
import { explainStateError } from './explain-state-error.ts';
import { explainWorkspaceError } from './explain-workspace-error.ts';
import { explainLocked, LockedError } from './locked-text.ts';
import { plain } from './plain.ts';

/**
 * The one place that turns an error into what the user reads: what happened, to which object, why, and what to do
 * (docs/design.md#errors-are-typed). The first line stands on its own. `now` in ms since the epoch.
 */
export function explain(error: unknown, now: number): string {
  if (error instanceof AggregateError) {
    return error.errors.map((inner: unknown) => explain(inner, now)).join('\n\n');
  }
  if (error instanceof InputError) return explainInputs(error);
  if (error instanceof LockedError) return explainLocked(error, now);
  if (error instanceof StateError) {
    const why = error.cause === undefined ? [] : [`Why: ${explain(error.cause, now)}`];
    return [explainStateError(error.details, error.scope, now), ...why].join('\n');
  }
  if (error instanceof AwsError) return explainAwsError(error);
  if (error instanceof WorkspaceError) return explainWorkspaceError(error);
  if (error instanceof DigestOverwritten) return DIGEST_OVERWRITTEN;
  if (error instanceof GitHubError) return explainGitHubError(error);
  if (error instanceof Interrupted)
    return `The step was interrupted by ${error.signal}: the job was cancelled or timed out.`;
  if (error instanceof OutOfTime) {
    return `The step ran out of time, after ${formatDuration(error.limitMs)}.`;
  }
  return toMessage(error);
}

const DIGEST_OVERWRITTEN = 'A client without the lock changed the digest in the table at the same time.';

function explainInputs({ problems }: InputError): string {
  const lines = problems.map(({ input, value, fix }) => {
    const shown = value === undefined ? 'is missing' : `is ${plain(JSON.stringify(value))}`;
    return `  ${input} ${shown}: ${fix}.`;
  });
  const inputs = new Set(problems.map(({ input }) => input)).size;
  const count = inputs === 1 ? 'One input' : `${inputs} inputs`;
  return [`${count} can't be used; nothing was touched.`, ...lines].join('\n');
}
