import { CodedError } from '../../messages/coded-error.ts';

/** Why a workspace was left alone. */
export type WorkspaceRefusalCode = 'workspace_not_empty';

/** A refusal that fails the step before anything was changed; `message` is for the user. */
export class WorkspaceRefused extends CodedError<WorkspaceRefusalCode> {
  override readonly name = 'WorkspaceRefused';
}
