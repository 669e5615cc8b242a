/** Why a workspace was left alone. */
export type WorkspaceRefusalCode = 'workspace_not_empty';

/** What fails the step while nothing was changed; `message` is for the user. */
export class WorkspaceRefused extends Error {
  readonly code: WorkspaceRefusalCode;

  constructor(code: WorkspaceRefusalCode, message: string) {
    super(message);
    this.name = 'WorkspaceRefused';
    this.code = code;
  }
}
