import type { StateScope } from '../backend/state-error.ts';
import { repairDigestCommand } from './commands.ts';
import { plain } from './plain.ts';

/** How to write the digest that belongs to the object. The line above ends in "with". `md5`: empty when there is no object. */
export function repairLines(scope: StateScope, md5: string): string[] {
  const command = repairDigestCommand(scope, md5);
  if (command !== undefined) return [`  ${command}`];
  // The table's name can't be quoted for a shell.
  const item = `the item whose LockID is ${plain(scope.address.digestPath)} in table ${plain(scope.table ?? '')}`;
  return [md5 === '' ? `  the removal of ${item}` : `  Digest ${md5} in ${item}`];
}
