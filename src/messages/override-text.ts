import { plain } from './plain.ts';

/** The notice when a step removed files that point Terraform at the pulled state. */
export function overrideGoneText(paths: readonly string[]): string {
  return `A step of this job removed ${paths.join(' and ')}, as git clean or a second checkout does. Any Terraform that ran there afterwards did not use the pulled state.`;
}

/** The warning when the files can't be checked; `why` in words. */
export function overrideUnreadText(why: string): string {
  return `The override file could not be checked: ${why}`;
}

/** The warning when a step used Terraform in workspaces that the job doesn't hold. */
export function otherWorkspacesText(names: readonly string[], held: string): string {
  const workspaces = names.length === 1 ? 'the workspace' : 'the workspaces';
  return `This job's Terraform also worked in ${workspaces} ${plain(names.join(', '))}, which this job does not hold. Whatever it read there was empty. Select ${held} in that step, or hold the other workspace.`;
}
