import type { StateProvenance } from '../backend/state/provenance.ts';
import { isDigestBehind } from '../backend/state/repair-digest.ts';
import type { StateErrorDetails, StateScope } from '../backend/state-error.ts';
import { plain } from './plain.ts';
import { repairLines } from './repair-lines.ts';
import { stateUrl } from './state-url.ts';
import { writerText } from './takeover-text.ts';

type Mismatch = Extract<StateErrorDetails, { reason: 'digest_mismatch' }>;

/** The words for a digest that does not belong to the object, and the repair. */
export function explainMismatch(place: StateScope, details: Mismatch): string {
  const { table } = place;
  const { calculated, stored, written } = details;
  const what =
    calculated === ''
      ? `${stateUrl(place)} is missing or empty, but table ${table} has a digest for it.`
      : `${stateUrl(place)} does not have the content that table ${table} has a digest for.`;
  return [
    what,
    `  Calculated checksum: ${calculated === '' ? '(no object)' : calculated}`,
    `  Stored checksum:     ${stored}`,
    ...(written === undefined ? MISMATCH : [wholeAsWritten(details, written)]),
    ...repairLines(place, calculated),
  ].join('\n');
}

const MISMATCH = [
  'This was so for 10 s. A writer that died between the state and its digest leaves it so; so does a client without',
  'the table. If another one is still writing, try again in a minute. If you are sure that the object is right:',
];

/** The object itself is sound; the question is which of the two is newer. */
function wholeAsWritten(details: Mismatch, written: StateProvenance): string {
  const whole = `This was so for 10 s. The object is whole as ${writerText(written)} wrote it, under lock ${plain(written.lockId)}`;
  return isDigestBehind(details)
    ? `${whole}, and the digest is the one from before: that job died between the two. While nobody else works on it, repair it with`
    : `${whole}, but the digest may be one of a newer state: look at the versions of the object. If it is the right one:`;
}
