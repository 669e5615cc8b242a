import type { StateAddress } from '../../backend/address.ts';
import type { PlanRecord } from '../../backend/records/plan-record.ts';
import type { UsableState } from '../../backend/state/usable-state.ts';
import type { CommitStatus, GivenStatus } from '../../github/commit-statuses.ts';
import { fitsStatus, type Misfit, misfitStatus } from '../../messages/plan-status-text.ts';
import { compareWithRecord, findMover } from './compare-state.ts';

/** A plan in the vault, and when the store received its record, in ms since the epoch. */
export interface VaultPlan {
  readonly planId: string;
  readonly record: PlanRecord;
  readonly storedAt: number;
}

/** The head of an open pull request. */
export interface Head {
  readonly number: number;
  readonly sha: string;
}

/** A head that has a plan, and the status that it should get. */
export interface CheckedHead extends Head {
  readonly planId: string;
  /** Undefined when the plan fits. */
  readonly misfit: Misfit | undefined;
  readonly status: CommitStatus;
}

/** What the plans are compared with. */
export interface StatusContext {
  readonly address: StateAddress;
  /** `owner/name`. */
  readonly repository: string;
  /** The address of the GitHub server, on which linked pages must be. */
  readonly serverUrl: string;
  /** In ms since the epoch. */
  readonly now: number;
}

/** The heads that have a plan in the vault, with their newest one, and the status for each. Pure. */
export function decideStatuses(
  heads: readonly Head[],
  plans: readonly VaultPlan[],
  context: StatusContext,
  state: UsableState | undefined,
): CheckedHead[] {
  const newest = newestByHead(plans, context.repository);
  return heads.flatMap(({ number, sha }) => {
    const plan = newest.get(sha);
    return plan === undefined ? [] : [decideStatus({ number, sha }, plan, context, state)];
  });
}

/** Whether a commit already has the status. Pure. */
export function isAsGiven(wanted: CommitStatus, given: GivenStatus | undefined): boolean {
  return (
    given !== undefined &&
    given.state === wanted.state &&
    given.description === wanted.description &&
    given.targetUrl === wanted.targetUrl
  );
}

/**
 * The newest plan of each commit at the head of a pull request. Plans for forks don't count, because they are never
 * applied. Pure.
 */
export function newestByHead(plans: readonly VaultPlan[], repository: string): Map<string, VaultPlan> {
  const newest = new Map<string, VaultPlan>();
  for (const plan of plans) {
    const { origin } = plan.record;
    const sha = origin.headCommit ?? origin.commit;
    if (origin.isOfFork || origin.repository !== repository || sha === '') continue;
    const other = newest.get(sha);
    if (other === undefined || other.storedAt < plan.storedAt) newest.set(sha, plan);
  }
  return newest;
}

function decideStatus(
  { number, sha }: Head,
  { planId, record, storedAt }: VaultPlan,
  { address, serverUrl, now }: StatusContext,
  state: UsableState | undefined,
): CheckedHead {
  const freshness = compareWithRecord(planId, { kind: 'found', record, storedAt }, { address, now }, state);
  const [misfit] = freshness.misfits;
  const mover = findMover(freshness);
  // Always the same for the same plan and state, to avoid setting the same status again.
  const page = mover?.runUrl ?? record.origin.run;
  const status: CommitStatus = {
    state: misfit === undefined ? 'success' : 'failure',
    description: misfit === undefined ? fitsStatus(state?.valid.header.serial) : misfitStatus(misfit, mover),
    targetUrl: page.startsWith(`${serverUrl}/`) ? page : '',
  };
  return { number, sha, planId, misfit, status };
}
