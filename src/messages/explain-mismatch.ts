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
  return [
    what,
    `  Calculated checksum: ${calculated === '' ? '(no object)' : calculated}`,
    `  Stored checksum:     ${stored}`,
    ...why(details),
    ...repairLines(scope, calculated),
  ].join('\n');
}

const MISMATCH = [
  'They differed for 10s. A writer died after it wrote the state and before it wrote the digest, or a client that does not use the table wrote the state.',
  'If somebody is still writing, try again in a minute. If you are sure that the object is right:',
];

/** The object itself may be intact. The question is which of the two is newer. */
function why(details: Mismatch): readonly string[] {
  const { written } = details;
  if (isDigestBehind(details)) {
    const writer = written === undefined ? 'Its writer' : writerText(written);
    return [
      `${writer} announced this checksum in the table and died, or lost the lock, before it wrote the digest.`,
      'The next job that holds the lock repairs this by itself. To repair it now, while nobody else works on the state:',
    ];
  }
  if (written === undefined) return MISMATCH;
  return [
    `They differed for 10s. The object is intact as ${writerText(written)} wrote it, but the digest may belong to a newer state: look at the versions of the object. If this one is right:`,
  ];
}
