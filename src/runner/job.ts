import type { Environment } from './inputs.ts';

/** What the runner says about this job (docs/runner.md#environment). Missing parts are empty. */
export interface Job {
  /** The address of the GitHub server; empty outside of GitHub Actions. */
  readonly serverUrl: string;
  readonly actor: string;
  readonly repository: string;
  /** The commit of the run. A step may have checked out another one. */
  readonly commit: string;
  readonly workflow: string;
  readonly job: string;
  readonly runnerName: string;
  readonly runId: string;
  readonly runAttempt: string;
  /** The page of this attempt; empty outside of GitHub Actions. */
  readonly runUrl: string;
  /** The absolute path of the checkout's folder. */
  readonly workspace: string;
  /** This action's name in the step's `uses`; empty for one in the checkout itself (`./`). */
  readonly actionRepository: string;
  readonly actionRef: string;
  /** The absolute path of a folder that the runner empties after the job; empty outside of GitHub Actions. */
  readonly temp: string;
}

/** Reads the job from the environment. */
export function readJob(env: Environment): Job {
  const text = (name: string): string => env[name]?.trim() ?? '';
  const server = text('GITHUB_SERVER_URL');
  const repository = text('GITHUB_REPOSITORY');
  const runId = text('GITHUB_RUN_ID');
  const runAttempt = text('GITHUB_RUN_ATTEMPT') || '1';
  return {
    serverUrl: server,
    actor: text('GITHUB_TRIGGERING_ACTOR') || text('GITHUB_ACTOR'),
    repository,
    commit: text('GITHUB_SHA'),
    workflow: text('GITHUB_WORKFLOW'),
    job: text('GITHUB_JOB'),
    runnerName: text('RUNNER_NAME'),
    runId,
    runAttempt,
    runUrl:
      server && repository && runId
        ? `${server}/${repository}/actions/runs/${runId}/attempts/${runAttempt}`
        : '',
    workspace: text('GITHUB_WORKSPACE') || process.cwd(),
    actionRepository: text('GITHUB_ACTION_REPOSITORY'),
    actionRef: text('GITHUB_ACTION_REF'),
    temp: text('RUNNER_TEMP'),
  };
}
