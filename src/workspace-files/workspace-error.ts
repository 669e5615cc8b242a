/** Why the disk can't be used for a job. */
export type WorkspaceProblem =
  /** `RUNNER_TEMP` is not set. */
  | { readonly kind: 'no_temp' }
  /** Other jobs of this machine make the state directory anew, again and again. */
  | { readonly kind: 'contested'; readonly path: string }
  /** What stands in the way of the state directory, with the fix. */
  | { readonly kind: 'state_directory'; readonly fix: string }
  /** The same of the working directory, which became so since it was checked. */
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
