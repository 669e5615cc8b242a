import { isDigestBehind } from '../backend/state/repair-digest.ts';
import type { DetailsOf, StateScope } from '../backend/state-error.ts';
import { repairLines } from './repair-lines.ts';
import { stateUrl } from './state-url.ts';
import { writerText } from './takeover-text.ts';

type Mismatch = DetailsOf<'digest_mismatch'>;

/** The words for a digest that does not match the object, and the repair. */
export function explainMismatch(scope: StateScope, details: Mismatch): string {
  const { table } = scope;
  const { calculated, stored } = details;
  const what =
    calculated === ''
      ? `${stateUrl(scope)} is missing or empty, but table ${table} has a digest for it.`
      : `${stateUrl(scope)} does not match its digest in table ${table}.`;
  const { fix, why } = findCause(details);
  return [
    what,
    fix,
    ...repairLines(scope, calculated),
    why,
    `  Calculated checksum: ${calculated === '' ? '(no object)' : calculated}`,
    `  Stored checksum:     ${stored}`,
  ].join('\n');
}

/** The line above the repair, and what is known of the cause. The object itself may be intact. The question is which of the two is newer. */
function findCause(details: Mismatch): { readonly fix: string; readonly why: string } {
  const { written } = details;
  if (isDigestBehind(details)) {
    const writer = written === undefined ? 'Its writer' : writerText(written);
    return {
      fix: 'The next job that holds the lock repairs this by itself. To repair it now, while nobody else works on the state:',
      why: `${writer} announced the calculated checksum in the table and died, or lost the lock, before it wrote the digest.`,
    };
  }
  if (written !== undefined) {
    return {
      fix: 'The digest may belong to a newer state: look at the versions of the object. If this one is right:',
      why: `They differed for 10s. The object is intact as ${writerText(written)} wrote it.`,
    };
  }
  return {
    fix: 'If somebody is still writing, try again in a minute. If you are sure that the object is right:',
    why: 'They differed for 10s. A writer died after it wrote the state and before it wrote the digest, or a client that does not use the table wrote the state.',
  };
}
