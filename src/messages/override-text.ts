/** The notice when a step removed files that point Terraform at the pulled state. */
export function overrideGoneText(paths: readonly string[]): string {
  return `A step of this job removed ${paths.join(' and ')}, as git clean or a second checkout does. Any Terraform that ran there afterwards did not use the pulled state.`;
}

/** The warning when the files can't be checked; `why` in words. */
export function overrideUnreadText(why: string): string {
  return `The override file could not be checked: ${why}`;
}
