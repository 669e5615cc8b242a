import type { StateAddress } from '../address.ts';
import type { PlanRecord } from '../records/plan-record.ts';

/** What a job wants to use a plan for. */
export interface PlanUse {
  readonly address: StateAddress;
  /** Of the current state. */
  readonly fingerprint: string;
  /** The commit that is checked out now. */
  readonly commit: string;
  readonly tree: string | undefined;
  readonly allowsOtherCommit: boolean;
  /** The greatest allowed age of a plan. */
  readonly ttlMs: number;
  /** In ms since the epoch. */
  readonly now: number;
  /**
   * When the store received the record, in ms since the epoch, because a record may claim any time. Undefined when the
   * store did not say.
   */
  readonly storedAt: number | undefined;
}

/** Why a plan must not be applied. */
export type PlanRefusal =
  | 'plan_of_fork'
  | 'plan_of_other_state'
  | 'plan_expired'
  | 'plan_of_other_commit'
  | 'plan_stale';

/**
 * All reasons why a plan must not be applied; empty when it may be. Reasons that no later change can fix come first.
 * Pure.
 */
export function decidePlanUse(record: PlanRecord, use: PlanUse): PlanRefusal[] {
  const refusals: PlanRefusal[] = [];
  if (record.origin.isOfFork) refusals.push('plan_of_fork');
  if (!isOfState(record, use.address)) refusals.push('plan_of_other_state');
  if (use.now >= computeExpiry(record, use)) refusals.push('plan_expired');
  if (!use.allowsOtherCommit && !isOfCommit(record, use)) refusals.push('plan_of_other_commit');
  if (record.fingerprint !== use.fingerprint) refusals.push('plan_stale');
  return refusals;
}

/**
 * When a plan expires, in ms since the epoch: by its own job's setting or by this job's, whichever is earlier. Pure.
 */
export function computeExpiry(
  { createdAt, expiresAt }: Pick<PlanRecord, 'createdAt' | 'expiresAt'>,
  { ttlMs, storedAt = Number.POSITIVE_INFINITY }: Pick<PlanUse, 'ttlMs' | 'storedAt'>,
): number {
  return Math.min(expiresAt, Math.min(createdAt, storedAt) + ttlMs);
}

function isOfState({ state }: PlanRecord, address: StateAddress): boolean {
  return (
    state.bucket === address.bucket &&
    state.key === address.objectKey &&
    state.workspace === address.workspace
  );
}

/** Two commits with the same files count as the same commit, such as a merge that changed nothing else. */
function isOfCommit({ origin }: PlanRecord, { commit, tree }: PlanUse): boolean {
  if (origin.commit !== '' && origin.commit === commit) return true;
  return tree !== undefined && origin.tree === tree;
}
