import type { LockHolder } from '../../backend/lock/lock-info.ts';
import { findRunUrl } from '../../messages/lock-text.ts';
import type { Environment } from '../../runner/inputs.ts';
import type { Machine } from '../../runner/machine.ts';

/**
 * Whose a lock is, as seen from one job: of a Terraform that it started, somebody else's, or `unclear`, with the reason.
 * `why` ends a sentence that names its holder.
 */
export type Ownership =
  | { readonly kind: 'ours' }
  | { readonly kind: 'foreign' | 'unclear'; readonly why: string };

/** This job, as far as a lock can tell it from others. */
export interface Claim {
  /** The names that a Terraform of this job can have in its lock. */
  readonly names: readonly string[];
  /** When the job's watch began, in ms since the epoch, by this machine's clock. */
  readonly startedAt: number;
  /** Other machines have the same name. */
  readonly isSharedName: boolean;
}

const OURS = 'terraform-s3-state';

/** Who a Terraform of this job says it is: `<os user>@<host>` (docs/protocol.md#lock-info). */
export function findClaim({ host, user }: Machine, env: Environment, startedAt: number): Claim {
  // Without an entry for the user, Go takes the variable, and without that no name at all.
  const users = [user() ?? env.USER ?? ''];
  return { names: users.map((name) => `${name}@${host}`), startedAt, isSharedName: isSharedName(host, env) };
}

/**
 * The machines that GitHub makes from one image all have one name, `runnervm` and five letters, and one user. Jobs on
 * them can't be told apart by it.
 */
export function isSharedName(host: string, env: Environment): boolean {
  return env.RUNNER_ENVIRONMENT === 'github-hosted' && /^runnervm/i.test(host);
}

/** Whose a lock is, by what it says of itself. Pure. */
export function whoseLock({ info }: LockHolder, claim: Claim): Ownership {
  if (info === undefined) return { kind: 'foreign', why: 'it can not be read' };
  const isRun = info.operation === OURS || findRunUrl({ raw: undefined, info }) !== undefined;
  if (isRun) return { kind: 'foreign', why: 'a step of this action holds it, and frees it itself' };
  if (!claim.names.some((name) => info.who === name || info.who.endsWith(`\\${name}`))) {
    return { kind: 'foreign', why: 'somebody else took it' };
  }
  if (Date.parse(info.created) < claim.startedAt) {
    return { kind: 'foreign', why: 'it was taken before this job began' };
  }
  if (!claim.isSharedName) return { kind: 'ours' };
  return { kind: 'unclear', why: "this machine's name is also that of others, so another job may hold it" };
}
