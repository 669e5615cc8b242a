import type { WorkspaceError } from '../workspace-files/workspace-error.ts';

/** The words for a disk that can't be used for a job. Pure. */
export function explainWorkspaceError({ problem }: WorkspaceError): string {
  switch (problem.kind) {
    case 'no_temp':
      return 'RUNNER_TEMP is not set: this action runs only in a GitHub Actions job.';
    case 'contested':
      return `${problem.path} could not be claimed: other jobs on this machine keep recreating it`;
    case 'state_directory':
      return problem.fix;
    case 'working_directory':
      return `working_directory can't be used: ${problem.fix}`;
  }
}
