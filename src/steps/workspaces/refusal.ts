import { CodedError } from '../../messages/coded-error.ts';

/** Why the step left a workspace alone. */
export type WorkspaceRefusalCode = 'workspace_not_empty';

/** Fails the step before anything was changed; `message` is for the user. */
export class WorkspaceRefused extends CodedError<WorkspaceRefusalCode> {
  override readonly name = 'WorkspaceRefused';
}
