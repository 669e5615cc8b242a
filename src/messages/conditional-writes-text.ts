import { AwsError } from '../aws/errors.ts';
import type { DetailsOf, StateScope } from '../backend/state-error.ts';
import { waysToFreeLock } from './free-lines.ts';
import { holdingLines } from './lock-text.ts';
import { plain } from './plain.ts';

/** The error for a store that can't lock with a lock file, because it has no conditional writes. Pure. */
export function explainNoConditions(
  scope: StateScope,
  { cause }: DetailsOf<'no_conditional_writes'>,
): string {
  const { address } = scope;
  const store = nameStore(scope);
  const what =
    cause === undefined
      ? `${store} ignores conditional writes: it stored the lock file a second time instead of refusing the write`
      : `${store} does not support conditional writes, which a lock file needs${quoteDetail(cause)}`;
  return [
    `The state ${address.lockPath} can't be locked with use_lockfile, not even by Terraform: ${what}.`,
    'Any number of clients could hold such a lock at the same time. The action locked nothing and changed nothing.',
    'Lock with a DynamoDB table instead: set dynamodb_table and remove use_lockfile, here and in the backend block.',
  ].join('\n');
}

/** The error for a stale lock file that the store does not let anybody replace. `now` in ms since the epoch. Pure. */
export function explainTakeoverRefused(
  scope: StateScope,
  { holder }: DetailsOf<'takeover_refused'>,
  now: number,
): string {
  return [
    `The stale lock of ${scope.address.lockPath} can't be taken over: ${nameStore(scope)} refuses every condition (If-Match) on an existing lock file.`,
    'Nothing was changed. Its run has ended. Free it with',
    ...waysToFreeLock(scope, 'file', holder),
    ...holdingLines('It is', holder, now),
  ].join('\n');
}

/** The warning after a push of the state object at `url` to such a store. Pure. */
export function unconditionalText(url: string): string {
  return (
    `The store of ${url} has no working conditional writes. Instead, the action checked the object right before and right after the ` +
    "push. In between, it may have overwritten another writer's state."
  );
}

function nameStore({ endpoints }: StateScope): string {
  return endpoints.s3 === undefined ? 'S3' : `the store at ${endpoints.s3}`;
}

function quoteDetail(cause: unknown): string {
  const detail = cause instanceof AwsError ? cause.failure.detail : undefined;
  return detail === undefined ? '' : ` (its answer: "${plain(detail)}")`;
}
