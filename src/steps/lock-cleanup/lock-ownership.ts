import type { LockHolder } from '../../backend/records/lock-info.ts';
import type { Sighting } from '../../job-state/checkpoint-record.ts';
import type { OwnershipReason } from '../../messages/lock-cleanup-text.ts';
import { findRunUrl } from '../../messages/lock-text.ts';
import type { Environment } from '../../runner/inputs.ts';
import type { Machine } from '../../runner/machine.ts';

/**
 * The owner of a lock, seen from one job: Terraform that this job started, somebody else, or `unclear` with the reason.
 */
export type Ownership =
  | { readonly kind: 'ours' }
  | { readonly kind: 'foreign' | 'unclear'; readonly reason: OwnershipReason };

/** What identifies this job in a lock. */
export interface Claim {
  /** The names that this job's Terraform can have in its lock. */
  readonly names: readonly string[];
  /** When the job's watch began, in ms since the epoch, by this machine's clock. */
  readonly startedAt: number;
  /** What proves that a lock with such a name is this job's. */
  readonly proof: Proof;
}

/**
 * `name`: no other machine has it. `none`: others do. `sightings`: others may, but these Terraform processes of the job
 * were seen.
 */
export type Proof =
  | { readonly kind: 'name' }
  | { readonly kind: 'none' }
  | { readonly kind: 'sightings'; readonly sightings: readonly Sighting[] };

const OURS = 'terraform-s3-state';

// Terraform takes its lock soon after its start. If it has to wait, the lock contains the time at which the wait began.
const LOCKS_WITHIN_MS = 60_000;
// The greatest difference between two times of one machine: the system gives its boot time in seconds.
const SLACK_MS = 2_000;

/** The name of this job's Terraform in a lock: `<os user>@<host>`. */
export function findClaim(
  { host, user }: Machine,
  env: Environment,
  startedAt: number,
  sightings: readonly Sighting[],
): Claim {
  // Without an entry for the user, Go uses the variable, and without that no name at all.
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

/** Whether the machine is hosted by GitHub. It runs only this job and is discarded afterwards. */
export function isThrowaway(env: Environment): boolean {
  return env.RUNNER_ENVIRONMENT === 'github-hosted';
}

/**
 * All machines that GitHub creates from one image have the same name, `runnervm` and five letters, and the same user,
 * which can't distinguish their jobs.
 */
export function isSharedName(host: string, env: Environment): boolean {
  return isThrowaway(env) && /^runnervm/i.test(host);
}

/** The owner of a lock according to its own content. Pure. */
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

/** Whether this Terraform process can have taken a lock at that time. */
function isBy({ from, until }: Sighting, created: number): boolean {
  return created >= from - SLACK_MS && created <= Math.min(until, from + LOCKS_WITHIN_MS) + SLACK_MS;
}
