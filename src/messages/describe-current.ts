import type { CurrentObject } from '../backend/state-error.ts';
import { plain } from './plain.ts';

/** Ends the sentence "now ...": which version of the object is there, when it was written, and by whom. Pure. */
export function describeCurrent(current: CurrentObject | undefined): string {
  if (current === undefined) return 'there is no such object.';
  return `it has ETag ${plain(current.etag ?? '(none)')}, written ${describeWrite(current)}.`;
}

/** When a version of the object was written, and by whom: ends the sentence "written ...". Pure. */
export function describeWrite({ lastModified, provenance }: CurrentObject): string {
  const when = lastModified?.toISOString() ?? 'an unknown time';
  const by =
    provenance === undefined
      ? 'a client that leaves no name (Terraform or OpenTofu without this action, or the console)'
      : `${plain(provenance.actor)} in ${plain(provenance.run)}`;
  return `at ${when} by ${by}`;
}
