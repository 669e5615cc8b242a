import type { PlanOrigin } from '../../backend/records/plan-record.ts';
import { readRunEvent } from '../../github/run-event.ts';
import { pathInCheckout } from '../../inputs/plan-inputs.ts';
import { readCheckout } from '../../runner/checkout.ts';
import type { Environment } from '../../runner/inputs.ts';
import type { Job } from '../../runner/job.ts';
import { findHead, isOfFork } from './pull-request-event.ts';

/** The code on which the job works. The commit is the run's if Git can't say. */
export type PlannedCode = Pick<PlanOrigin, 'commit' | 'tree'>;

/** Reads what is checked out in a folder, the module's if there is one. */
export async function readPlannedCode(
  env: Environment,
  job: Job,
  module: string | undefined,
): Promise<PlannedCode> {
  const checkout = await readCheckout(module ?? job.workspace, env);
  return { commit: checkout?.commit ?? env.GITHUB_SHA ?? '', tree: checkout?.tree };
}

/** The code of this job's plan, and who made it in which run. `module`: absolute. */
export async function readPlanOrigin(
  env: Environment,
  job: Job,
  module: string | undefined,
): Promise<PlanOrigin> {
  const event = await readRunEvent(env);
  const { commit, tree } = await readPlannedCode(env, job, module);
  return {
    repository: job.repository,
    modulePath: module === undefined ? undefined : pathInCheckout(job.workspace, module),
    commit,
    headCommit: findHead(event),
    tree,
    ref: env.GITHUB_REF ?? '',
    run: job.runUrl,
    actor: job.actor,
    event: event.name,
    isOfFork: isOfFork(event),
  };
}
