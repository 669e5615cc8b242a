/** Why the disk can't be used for a job. */
export type WorkspaceProblem =
  /** `RUNNER_TEMP` is not set. */
  | { readonly kind: 'no_temp' }
  /** Other jobs on this machine keep recreating the state directory. */
  | { readonly kind: 'contested'; readonly path: string }
  /** The problem with the state directory, with the fix. */
  | { readonly kind: 'state_directory'; readonly fix: string }
  /** The same for the working directory, when the problem appeared after the check. */
  | { readonly kind: 'working_directory'; readonly fix: string };

/** The disk can't be used for a job. */
export class WorkspaceError extends Error {
  readonly problem: WorkspaceProblem;

  constructor(problem: WorkspaceProblem) {
    super(`workspace: ${problem.kind}`);
    this.name = 'WorkspaceError';
    this.problem = problem;
  }
}
