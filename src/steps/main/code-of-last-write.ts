import type { StateProvenance } from '../../backend/records/provenance.ts';
import { countMissingCommits } from '../../github/compare-commits.ts';
import { toRepository } from '../../github/repository.ts';
import type { GitHubScope } from '../../inputs/stale-inputs.ts';
import type { CodeOfLastWrite } from '../../job-state/saved-state.ts';
import { explain } from '../../messages/explain.ts';
import { noCodeOfLastWriteText } from '../../messages/plan-text.ts';
import { type Job, readJob } from '../../runner/job.ts';
import type { LockDependencies } from './take-lock.ts';

export type LastWriteDependencies = Pick<
  LockDependencies,
  'env' | 'runner' | 'clock' | 'random' | 'signal' | 'connectGitHub'
>;

/**
 * Whether the code of the job's plan contains the commit from which the state was last written. Otherwise the plan may undo
 * what that commit changed. Undefined when nobody knows: another client or another repository wrote the state, or GitHub
 * does not say. Throws only the reason of the signal.
 */
export async function findCodeOfLastWrite(
  deps: LastWriteDependencies,
  written: StateProvenance | undefined,
  planned: string,
  { apiUrl, token }: GitHubScope,
): Promise<CodeOfLastWrite | undefined> {
  const { clock, random, signal, runner } = deps;
  const job = readJob(deps.env);
  const commit = written?.commit;
  if (commit === undefined || !isOfRepository(written, job)) return undefined;
  if (commit === planned) return { commit, missing: 0 };
  if (token === undefined || planned === '') return undefined;
  try {
    const api = await deps.connectGitHub({ apiUrl, token, clock, random, signal });
    const missing = await countMissingCommits(api, toRepository(job.repository), { code: planned, commit });
    return { commit, missing };
  } catch (error) {
    signal.throwIfAborted();
    runner.info(noCodeOfLastWriteText(commit, explain(error, clock.now())));
    return undefined;
  }
}

function isOfRepository(written: StateProvenance | undefined, { serverUrl, repository }: Job): boolean {
  return written?.run.startsWith(`${serverUrl}/${repository}/actions/`) === true;
}
