import type { LockHolder } from '../backend/records/lock-info.ts';
import type { StateScope } from '../backend/state-error.ts';
import type { RunningTerraform } from '../runner/running-terraform.ts';
import { explain } from './explain.ts';
import { waysToFree } from './free-lines.ts';
import { describeHolding, holderLines, nameStores } from './lock-text.ts';
import { describeLocked } from './locked-text.ts';
import { listNames } from './names-list.ts';
import { plain } from './plain.ts';
import { nameProcesses } from './terraform-text.ts';

/** A lock of this job's Terraform that was freed. `now` in ms since the epoch. */
export function freedText(scope: StateScope, holder: LockHolder, now: number): string {
  return [
    `Freed the lock of ${scope.address.lockPath}, which this job's Terraform had left behind. It was`,
    ...holderLines(holder, now),
  ].join('\n');
}

/** Why a lock may not be this job's. */
export type OwnershipReason =
  | { readonly kind: 'holder_unreadable' }
  /** A step of this action holds it. */
  | { readonly kind: 'held_by_step' }
  | { readonly kind: 'taken_by_other' }
  | { readonly kind: 'taken_before_job' }
  /** All GitHub machines with this image share the host name. */
  | { readonly kind: 'shared_host_name' }
  | { readonly kind: 'no_terraform_seen' };

/** Why a lock that may be this job's was not freed. */
export type StuckReason =
  | { readonly kind: 'not_ours'; readonly reason: OwnershipReason; readonly host: string }
  /** This job's Terraform could not be stopped. */
  | { readonly kind: 'job_still_runs'; readonly running: readonly RunningTerraform[] }
  /** This system does not show which Terraform processes run. */
  | { readonly kind: 'others_unknown' }
  | { readonly kind: 'others_run' }
  | { readonly kind: 'not_freed'; readonly error: unknown };

/** The error for a lock that stays: it may be this job's, or it could not be freed. `now` in ms since the epoch. */
export function stuckText(scope: StateScope, holder: LockHolder, reason: StuckReason, now: number): string {
  return [
    `The lock of ${scope.address.lockPath} was not freed, although this job's Terraform may have left it: ${describeStuck(reason, now)}`,
    'If nobody works under it, free it with',
    ...waysToFree(scope, holder),
    'The lock:',
    ...holderLines(holder, now),
  ].join('\n');
}

function describeStuck(reason: StuckReason, now: number): string {
  switch (reason.kind) {
    case 'not_ours': {
      const why = `${describeOwnership(reason.reason)}.`;
      return reason.reason.kind === 'shared_host_name' ? `${why}\n${sharedNameText(reason.host)}` : why;
    }
    case 'job_still_runs':
      return `this job's Terraform, ${nameProcesses(reason.running)}, could not be stopped and may hold it.`;
    case 'others_unknown':
      return "another job's Terraform on this machine may hold it, and the action can't list the processes on this system.";
    case 'others_run':
      return 'another job runs Terraform on this machine under the same host name and may hold it.';
    case 'not_freed':
      return `it could not be freed. ${explain(reason.error, now)}`;
  }
}

function describeOwnership({ kind }: OwnershipReason): string {
  return {
    holder_unreadable: "it can't be read",
    held_by_step: 'a step of this action holds it and releases it itself',
    taken_by_other: 'somebody else took it',
    taken_before_job: 'it was taken before this job began',
    shared_host_name: "other machines share this machine's name, so another job may hold it",
    no_terraform_seen:
      'this job started no Terraform when it was taken, so a job on another machine of the same name may hold it',
  }[kind];
}

/** The log's line about somebody else's lock. `now` in ms since the epoch. */
export function foreignLockLine(
  scope: StateScope,
  holder: LockHolder,
  reason: OwnershipReason,
  now: number,
): string {
  const { lockPath } = scope.address;
  return `The lock of ${lockPath} is ${describeHolding(holder, scope, now)}. It stays: ${describeOwnership(reason)}.`;
}

/** The log's line about a lock that somebody else took before it could be freed. `now` in ms since the epoch. */
export function takenMeanwhileLine(scope: StateScope, holder: LockHolder, now: number): string {
  return `The lock of ${scope.address.lockPath} is now ${describeHolding(holder, scope, now)}. It stays.`;
}

/** The log's line when no lock was left. */
export function nothingLeftLine({ address }: StateScope): string {
  return `No lock is left on ${address.lockPath}.`;
}

/** The warning when the lock of a workspace in which the job's Terraform was seen can't be read. `why` in words. */
export function uncheckedText({ address }: Pick<StateScope, 'address'>, why: string): string {
  return `This job's Terraform also worked in the workspace ${plain(address.workspace)}, but this step could not check whether it left the lock of ${address.lockPath}. ${why}`;
}

/** The log's line when none of several states is locked any more. `names`: the states and prefixes that the job watches. */
export function nothingLeftOfManyLine(count: number, names: readonly string[]): string {
  const states = count === 1 ? 'one state' : `${count} states`;
  return `No lock is left on ${states} in ${listNames(names)}.`;
}

/** The log's line when this job's lock was freed in the meantime. */
export function freeByNowLine({ address }: StateScope): string {
  return `The lock of ${address.lockPath} that this job's Terraform left is already free.`;
}

/** What a job with `lock: guard` and several states says at its start; `names`: the states and prefixes. Pure. */
export function watchingManyLines(
  scope: StateScope,
  names: readonly string[],
  held: readonly { readonly lockPath: string; readonly holder: LockHolder }[],
  now: number,
): string[] {
  const locked = held.map(
    ({ lockPath, holder }) => `${plain(lockPath)} is currently ${describeLocked(holder, scope, now)}.`,
  );
  const stores = nameStores(scope);
  return [
    ...locked,
    `When this job ends, the action frees the locks that its Terraforms leave in ${stores}, for the states in ${listNames(names)}.`,
  ];
}

/** What a job with `lock: guard` says at its start. `holder`: of a lock that already exists. `now` in ms since the epoch. */
export function watchingLines(scope: StateScope, holder: LockHolder | undefined, now: number): string[] {
  const stores = nameStores(scope);
  const aim = `When this job ends, the action frees any lock of ${scope.address.lockPath} that its Terraform leaves in ${stores}.`;
  return holder === undefined ? [aim] : [`It is currently ${describeLocked(holder, scope, now)}.`, aim];
}

/** The warning when nothing records the job's Terraform processes; `why` in words. */
export function unwatchedText(why: string): string {
  return `The action can't watch the job's Terraform processes, so a lock that one of them leaves may stay. ${why}`;
}

/** The warning for a host name that many machines share, which a lock can't tell apart. */
export function sharedNameText(host: string): string {
  return [
    `This machine is called ${host}, like every machine that GitHub creates from the same image. A Terraform lock names`,
    'nothing else, so the action does not free a lock that this job leaves: another job might hold it. To have it freed, give',
    'the machine a name of its own in a step before this one:',
    '  run: sudo hostname "tf-$GITHUB_RUN_ID-$RANDOM"',
  ].join('\n');
}

/** What happened to the machine's host name; `why` in words. */
export type HostNameEnd =
  | { readonly kind: 'kept'; readonly host: string; readonly why: string }
  | { readonly kind: 'changed'; readonly host: string; readonly given: string }
  | { readonly kind: 'restored'; readonly host: string }
  | { readonly kind: 'not_restored'; readonly host: string; readonly why: string };

/** The log's line about the host name. Pure. */
export function hostNameText(end: HostNameEnd): string {
  switch (end.kind) {
    case 'kept':
      return `This machine keeps its host name, ${end.host}: ${end.why}`;
    case 'changed':
      return `Changed the host name of this machine from ${end.host} to ${end.given} until the job ends. Terraform's lock then names this machine and no other.`;
    case 'restored':
      return `The host name of this machine is ${end.host} again.`;
    case 'not_restored':
      return `The host name of this machine could not be changed back to ${end.host}: ${end.why}`;
  }
}
