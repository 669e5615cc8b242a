import type { LockHolder } from '../../backend/records/lock-info.ts';
import type { Sighting } from '../../job-state/checkpoint-record.ts';
import type { OwnershipReason } from '../../messages/lock-cleanup-text.ts';
import { findRunUrl } from '../../messages/lock-text.ts';
import type { Environment } from '../../runner/inputs.ts';
import type { Machine } from '../../runner/machine.ts';

/** Whose a lock is, as seen from one job: of a Terraform that it started, somebody else's, or `unclear`, with the reason. */
export type Ownership =
  | { readonly kind: 'ours' }
  | { readonly kind: 'foreign' | 'unclear'; readonly reason: OwnershipReason };

/** This job, as far as a lock can tell it from others. */
export interface Claim {
  /** The names that a Terraform of this job can have in its lock. */
  readonly names: readonly string[];
  /** When the job's watch began, in ms since the epoch, by this machine's clock. */
  readonly startedAt: number;
  /** What proves that a lock of such a name is this job's. */
  readonly proof: Proof;
}

/** `name`: no other machine has it. `none`: others do. `sightings`: others may, but these Terraforms of the job were seen. */
export type Proof =
  | { readonly kind: 'name' }
  | { readonly kind: 'none' }
  | { readonly kind: 'sightings'; readonly sightings: readonly Sighting[] };

const OURS = 'terraform-s3-state';

// Terraform takes its lock soon after it began, and when it has to wait for it, the lock says when the wait began.
const LOCKS_WITHIN_MS = 60_000;
// By how much two times of one machine may differ: the system tells when it booted in seconds.
const SLACK_MS = 2_000;

/** Who a Terraform of this job says it is: `<os user>@<host>`. */
export function findClaim(
  { host, user }: Machine,
  env: Environment,
  startedAt: number,
  sightings: readonly Sighting[],
): Claim {
  // Without an entry for the user, Go takes the variable, and without that no name at all.
  const users = [user() ?? env.USER ?? ''];
  return {
    names: users.map((name) => `${name}@${host}`),
    startedAt,
    proof: chooseProof(host, env, sightings),
  };
}

function chooseProof(host: string, env: Environment, sightings: readonly Sighting[]): Proof {
  if (!isThrowaway(env)) return { kind: 'sightings', sightings };
  return { kind: isSharedName(host, env) ? 'none' : 'name' };
}

/** Whether the machine is one of GitHub's, which has this job only, and is thrown away after it. */
export function isThrowaway(env: Environment): boolean {
  return env.RUNNER_ENVIRONMENT === 'github-hosted';
}

/**
 * The machines that GitHub makes from one image all have one name, `runnervm` and five letters, and one user. Jobs on
 * them can't be told apart by it.
 */
export function isSharedName(host: string, env: Environment): boolean {
  return isThrowaway(env) && /^runnervm/i.test(host);
}

/** Whose a lock is, by what it says of itself. Pure. */
export function whoseLock({ info }: LockHolder, claim: Claim): Ownership {
  if (info === undefined) return foreign('holder_unreadable');
  const isRun = info.operation === OURS || findRunUrl({ info }) !== undefined;
  if (isRun) return foreign('held_by_step');
  if (!claim.names.some((name) => info.who === name || info.who.endsWith(`\\${name}`))) {
    return foreign('taken_by_other');
  }
  const created = Date.parse(info.created);
  if (created < claim.startedAt) return foreign('taken_before_job');
  return provenBy(claim.proof, created);
}

function provenBy(proof: Proof, created: number): Ownership {
  if (proof.kind === 'name') return { kind: 'ours' };
  if (proof.kind === 'none') {
    return { kind: 'unclear', reason: { kind: 'shared_host_name' } };
  }
  if (proof.sightings.some((sighting) => isBy(sighting, created))) return { kind: 'ours' };
  return { kind: 'unclear', reason: { kind: 'no_terraform_seen' } };
}

function foreign(kind: OwnershipReason['kind']): Ownership {
  return { kind: 'foreign', reason: { kind } };
}

/** Whether this Terraform can have taken a lock at that time. */
function isBy({ from, until }: Sighting, created: number): boolean {
  return created >= from - SLACK_MS && created <= Math.min(until, from + LOCKS_WITHIN_MS) + SLACK_MS;
}
