import { AwsError } from '../aws/errors.ts';
import type { DetailsOf, StateScope } from '../backend/state-error.ts';
import { LOST_LOCK } from './lock-lost-text.ts';
import { repairLines } from './repair-lines.ts';
import { stateUrl } from './state-url.ts';

/** The error for a pushed state whose digest is not in the table. Pure. */
export function explainDigestNotWritten(
  scope: StateScope,
  { calculated, stored, cause }: DetailsOf<'digest_not_written'>,
): string {
  const { table } = scope;
  if (cause instanceof AwsError && cause.kind === 'conditional_check_failed') {
    return [
      `The state was pushed to ${stateUrl(scope)}, but ${LOST_LOCK} right after, and somebody else has since written`,
      `another digest to table ${table}. If they wrote the state too, their digest is right. Look at the versions`,
      `of the object. MD5 of the pushed state: ${calculated}`,
    ].join('\n');
  }
  return [
    `The state was pushed to ${stateUrl(scope)}, but its digest could not be written to table ${table}.`,
    'Until it is written, everybody who reads this state gets a checksum error.',
    'Repair it with',
    ...repairLines(scope, calculated),
    'The checksums:',
    `  MD5 of the pushed state:      ${calculated}`,
    `  MD5 in the table at the pull: ${stored ?? '(none)'}`,
  ].join('\n');
}

/** The error for a checkpoint that S3 never confirmed, so the table may lack its digest. Pure. */
export function explainCheckpointUnsure(
  scope: StateScope,
  { calculated, stored }: DetailsOf<'checkpoint_unsure'>,
): string {
  return [
    `While the job ran, a checkpoint was sent to ${stateUrl(scope)}, but S3 never confirmed it.`,
    `If it arrived, table ${scope.table} lacks its digest, and everybody who reads this state gets a checksum error.`,
    'Repair it only if the object has the MD5 of the checkpoint, with',
    ...repairLines(scope, calculated),
    'The checksums:',
    `  MD5 of the checkpoint:        ${calculated}`,
    `  MD5 in the table at the pull: ${stored ?? '(none)'}`,
  ].join('\n');
}
