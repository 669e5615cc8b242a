import type { StateAddress } from '../address.ts';
import type { PlanRecord } from '../records/plan-record.ts';

/** What a plan is to be used for. */
export interface PlanUse {
  readonly address: StateAddress;
  /** Of the state as it is now. */
  readonly fingerprint: string;
  /** What is checked out now. */
  readonly commit: string;
  readonly tree: string | undefined;
  readonly allowsOtherCommit: boolean;
  /** How old a plan may be. */
  readonly ttlMs: number;
  /** In ms since the epoch. */
  readonly now: number;
  /** When the store got the record, in ms since the epoch: a record may name any time. Undefined: the store did not tell. */
  readonly storedAt: number | undefined;
}

/** Why a plan must not be applied. */
export type PlanRefusal =
  | 'plan_of_fork'
  | 'plan_of_other_state'
  | 'plan_expired'
  | 'plan_of_other_commit'
  | 'plan_stale';

/** All reasons why a plan must not be applied, the one that no later change can mend first. None: it may. Pure. */
export function decidePlanUse(record: PlanRecord, use: PlanUse): PlanRefusal[] {
  const refusals: PlanRefusal[] = [];
  if (record.origin.isOfFork) refusals.push('plan_of_fork');
  if (!isOfState(record, use.address)) refusals.push('plan_of_other_state');
  if (use.now >= computeExpiry(record, use)) refusals.push('plan_expired');
  if (!use.allowsOtherCommit && !isOfCommit(record, use)) refusals.push('plan_of_other_commit');
  if (record.fingerprint !== use.fingerprint) refusals.push('plan_stale');
  return refusals;
}

/** When a plan expires, in ms since the epoch: by what its own job said, or by what this one does, whichever is earlier. Pure. */
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

/** Two commits of the same files are one for a plan: a merge that changed nothing else. */
function isOfCommit({ origin }: PlanRecord, { commit, tree }: PlanUse): boolean {
  if (origin.commit !== '' && origin.commit === commit) return true;
  return tree !== undefined && origin.tree === tree;
}
