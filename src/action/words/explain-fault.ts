import { AwsError } from '../../aws/errors.ts';
import { DEFAULT_WORKSPACE } from '../../backend/address.ts';
import type { CurrentObject, StateFault, StatePlace } from '../../backend/faults.ts';
import { parseLockHolder } from '../../backend/lock-info.ts';
import { formatDuration } from '../../runner/duration.ts';
import { deleteLockCommand, forceUnlockCommand, repairDigestCommand } from './commands.ts';
import { explainUnreadable } from './explain-unreadable.ts';
import { holderLines } from './lock-text.ts';
import { plain } from './plain.ts';
import { stateUrl } from './state-url.ts';

type Fault<Reason extends StateFault['reason']> = Extract<StateFault, { reason: Reason }>;

/** The words for a fault of one state: what happened, to which object, why, what to do. `now` in ms since the epoch. */
export function explainFault(fault: StateFault, place: StatePlace, now: number): string {
  switch (fault.reason) {
    case 'lock_held':
    case 'lock_timeout':
      return explainLock(place, fault, now);
    case 'digest_mismatch':
      return explainMismatch(place, fault);
    case 'state_unreadable':
      return explainUnreadable(place, fault);
    case 'fingerprint_mismatch':
      return explainFingerprint(place, fault);
    case 'lock_lost':
      return [
        `The lock of ${place.address.lockId} is not ours any more, so nothing was pushed.`,
        fault.holder === undefined ? 'Somebody freed it.' : 'Somebody freed it, and it is held again by',
        ...(fault.holder === undefined ? [] : holderLines(fault.holder, now)),
      ].join('\n');
    case 'state_conflict':
      return [
        `The state ${stateUrl(place)} changed while this job held it, so nothing was pushed over it.`,
        `It was pulled with ETag ${fault.expectedEtag ?? '(no object)'}, and ${describeCurrent(fault.current)}`,
      ].join('\n');
    case 'push_refused':
      return `The state of this job was not pushed to ${stateUrl(place)}: ${plain(fault.rule)}.`;
    case 'local_state_lost':
      return [
        `The local files of the state ${stateUrl(place)} are gone: a step of this job removed ${fault.directory}.`,
        'Whatever this job changed in the state is lost to this action; in S3 it is as it was pulled.',
      ].join('\n');
    case 'other_workspace':
      return [
        `The job holds ${stateUrl(place)} (workspace ${place.address.workspace}), but its Terraform wrote the state of another workspace:`,
        ...fault.paths.map((path) => `  ${path}`),
        'Nobody holds that state, so it was not pushed. Is TF_WORKSPACE set for a step, or a workspace selected in it?',
      ].join('\n');
    case 'digest_not_written':
      return explainDigestNotWritten(place, fault);
    case 'release_failed':
    case 'release_unsure':
      return explainRelease(place, fault, now);
  }
}

function explainLock(
  place: StatePlace,
  { reason, holder, waitedMs }: Fault<'lock_held' | 'lock_timeout'>,
  now: number,
): string {
  const { address, table } = place;
  const waited = reason === 'lock_timeout' ? ` after waiting ${formatDuration(waitedMs)}` : '';
  const lines = [`The state ${address.lockId} is locked${waited}. Its holder:`, ...holderLines(holder, now)];
  lines.push(
    `To wait ${waited === '' ? 'for it' : 'longer'}, set lock_timeout, for example lock_timeout: 30m.`,
  );
  if (holder === undefined || table === undefined) return lines.join('\n');
  lines.push('If its holder is gone for good, free it with');
  if (holder.info !== undefined) {
    lines.push(`  ${forceUnlockCommand(place, holder.info.id)}`, orWithoutTerraform(address));
  }
  lines.push(`  ${deleteLockCommand(place, holder)}`);
  return lines.join('\n');
}

/** force-unlock of a named workspace makes a missing state first, for which it needs the very lock (spec 1.4). */
function orWithoutTerraform({ workspace }: StatePlace['address']): string {
  return workspace === DEFAULT_WORKSPACE
    ? 'or, without Terraform, with'
    : 'or, without Terraform (which can not do it while the workspace has no state yet), with';
}

function explainMismatch(place: StatePlace, { calculated, stored }: Fault<'digest_mismatch'>): string {
  const { table } = place;
  const what =
    calculated === ''
      ? `${stateUrl(place)} is missing or empty, but table ${table} has a digest for it.`
      : `${stateUrl(place)} does not have the content that table ${table} has a digest for.`;
  const repair = repairDigestCommand(place, calculated);
  return [
    what,
    `  Calculated checksum: ${calculated === '' ? '(no object)' : calculated}`,
    `  Stored checksum:     ${stored}`,
    'This was so for 10 s. A writer that died between the state and its digest leaves it so; so does a client without',
    'the table. If another one is still writing, try again in a minute. If you are sure that the object is right:',
    `  ${repair}`,
  ].join('\n');
}

function explainFingerprint(
  place: StatePlace,
  { expected, actual, current }: Fault<'fingerprint_mismatch'>,
): string {
  return [
    `The state ${stateUrl(place)} moved since it was planned on; nothing of this job has run.`,
    `  expected (expect_fingerprint): ${plain(expected)}`,
    `  now:                           ${plain(actual)}`,
    `Now ${describeCurrent(current)}`,
    'Plan again on the state as it is now.',
  ].join('\n');
}

function describeCurrent(current: CurrentObject | undefined): string {
  if (current === undefined) return 'there is no such object.';
  const when = current.lastModified?.toISOString() ?? 'an unknown time';
  const by =
    current.provenance === undefined
      ? 'a client that leaves no name (a Terraform or OpenTofu of its own, or the console)'
      : `${plain(current.provenance.actor)} in ${plain(current.provenance.run)}`;
  return `it has ETag ${current.etag ?? '(none)'}, written at ${when} by ${by}.`;
}

function explainDigestNotWritten(
  place: StatePlace,
  { calculated, stored, cause }: Fault<'digest_not_written'>,
): string {
  const { table } = place;
  if (cause instanceof AwsError && cause.kind === 'conditional_check_failed') {
    return [
      `The state was pushed to ${stateUrl(place)}, but the lock was lost right after it, and somebody else has written`,
      `another digest to table ${table} since. If they wrote the state too, all is well with theirs; look at the versions`,
      `of the object. MD5 of the pushed state: ${calculated}`,
    ].join('\n');
  }
  return [
    `The state was pushed to ${stateUrl(place)}, but its digest could not be written to table ${table}.`,
    'Until it is, everybody who reads this state gets a checksum error.',
    `  MD5 of the pushed state:      ${calculated}`,
    `  MD5 in the table at the pull: ${stored ?? '(none)'}`,
    'Repair it with',
    `  ${repairDigestCommand(place, calculated)}`,
  ].join('\n');
}

function explainRelease(
  place: StatePlace,
  { reason, info }: Fault<'release_failed' | 'release_unsure'>,
  now: number,
): string {
  const { address } = place;
  const holder = parseLockHolder(info);
  const what =
    reason === 'release_failed'
      ? 'could not be released. It is still held by this job:'
      : 'may be held by this job, since its put got no answer, and it could not be released:';
  return [
    `The lock of ${address.lockId} ${what}`,
    ...holderLines(holder, now),
    reason === 'release_failed' ? 'Free it with' : 'If it is there, free it with',
    `  ${forceUnlockCommand(place, holder.info?.id ?? '')}`,
    orWithoutTerraform(address),
    `  ${deleteLockCommand(place, holder)}`,
  ].join('\n');
}
