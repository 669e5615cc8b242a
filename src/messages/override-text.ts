/** The notice where a step removed files that lead Terraform to the pulled state. */
export function overrideGoneText(paths: readonly string[]): string {
  return `A step of this job removed ${paths.join(' and ')}, as git clean or a second checkout does. Any Terraform that ran there afterwards did not use the pulled state.`;
}

/** The warning where nobody can tell whether they are still there; `why` in words. */
export function overrideUnreadText(why: string): string {
  return `The override file could not be checked: ${why}`;
}
