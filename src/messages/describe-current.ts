import type { CurrentObject } from '../backend/state-error.ts';
import { plain } from './plain.ts';

/** Ends the sentence "now ...": which version of the object is there, when it was written, and by whom. Pure. */
export function describeCurrent(current: CurrentObject | undefined): string {
  if (current === undefined) return 'there is no such object.';
  const when = current.lastModified?.toISOString() ?? 'an unknown time';
  const by =
    current.provenance === undefined
      ? 'a client that leaves no name (a Terraform or OpenTofu of its own, or the console)'
      : `${plain(current.provenance.actor)} in ${plain(current.provenance.run)}`;
  return `it has ETag ${plain(current.etag ?? '(none)')}, written at ${when} by ${by}.`;
}
