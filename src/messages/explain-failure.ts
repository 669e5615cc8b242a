import type { Job } from '../runner/job.ts';
import { CodedError } from './coded-error.ts';
import { explain } from './explain.ts';
import { firstCause, toReasonCode } from './to-reason-code.ts';

/** The guide that has a section for each reason code. */
const GUIDE = 'docs/troubleshooting.md';

/** What a name in a URL may be: the runner's own variables, but a copy of the action could set others. */
const REPOSITORY = /^[\w.-]+\/[\w.-]+$/;
const REF = /^[\w.+/-]+$/;

/**
 * What a failed step says: the error in words, then a line with the guide's section on it. `now` in ms since the epoch. Pure.
 */
export function explainFailure(
  error: unknown,
  action: Pick<Job, 'actionRepository' | 'actionRef'>,
  now: number,
): string {
  const cause = firstCause(error);
  const code = cause instanceof CodedError ? cause.code : toReasonCode(error);
  return `${explain(error, now)}\n${guideLine(code, action)}`;
}

/** An action in the checkout itself has no name, so the line gives the guide's path. */
function guideLine(
  code: string,
  { actionRepository, actionRef }: Pick<Job, 'actionRepository' | 'actionRef'>,
): string {
  const isNamed = REPOSITORY.test(actionRepository) && REF.test(actionRef);
  const page = isNamed ? `https://github.com/${actionRepository}/blob/${actionRef}/${GUIDE}` : GUIDE;
  return `See ${page}#${code}`;
}
