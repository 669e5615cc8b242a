import type { StateAddress } from '../../backend/address.ts';
import { decidePlanUse } from '../../backend/plan-vault/decide-plan-use.ts';
import type { FoundRecord } from '../../backend/plan-vault/read-plan-record.ts';
import type { PlanRecord } from '../../backend/records/plan-record.ts';
import type { UsableState } from '../../backend/state/usable-state.ts';
import { fingerprint } from '../../job-state/state-fingerprint.ts';
import type { Misfit } from '../../messages/misfit-text.ts';

/** Whether a plan still fits the state. */
export interface Freshness {
  /** None: it does. */
  readonly misfits: readonly Misfit[];
  /** Of the state as it is now. */
  readonly fingerprint: string;
  /** Undefined: there is no state. */
  readonly state: UsableState | undefined;
}

/** Where and when a plan is judged. */
export interface PlanDecision {
  readonly address: StateAddress;
  /** In ms since the epoch. */
  readonly now: number;
}

/** Compares the state as it is with a fingerprint of what it was. Pure. */
export function compareState(expected: string, state: UsableState | undefined): Freshness {
  const actual = fingerprint(state?.object, state?.valid.header);
  const misfits: Misfit[] = actual === expected ? [] : [{ reason: 'plan_stale', expected, actual }];
  return { misfits, fingerprint: actual, state };
}

/** Judges what the vault knows of a plan. Which commit it is of is for the apply job to judge. Pure. */
export function compareWithRecord(
  found: FoundRecord,
  { address, now }: PlanDecision,
  state: UsableState | undefined,
): Freshness {
  const actual = fingerprint(state?.object, state?.valid.header);
  if (found.kind === 'missing')
    return { misfits: [{ reason: 'plan_not_found' }], fingerprint: actual, state };
  if (found.kind === 'unreadable') {
    const misfit = { reason: 'plan_tampered', detail: found.detail } as const;
    return { misfits: [misfit], fingerprint: actual, state };
  }
  const { record, storedAt } = found;
  const anyCommit = { commit: '', tree: undefined, allowsOtherCommit: true };
  const use = { address, fingerprint: actual, ...anyCommit, ttlMs: Number.POSITIVE_INFINITY, now, storedAt };
  const misfits = decidePlanUse(record, use).map((reason) => toMisfit(reason, record, actual));
  return { misfits: misfits.filter((misfit) => misfit !== undefined), fingerprint: actual, state };
}

function toMisfit(
  reason: ReturnType<typeof decidePlanUse>[number],
  { fingerprint: expected, state, origin, expiresAt }: PlanRecord,
  actual: string,
): Misfit | undefined {
  switch (reason) {
    case 'plan_stale':
      return { reason, expected, actual };
    case 'plan_expired':
      return { reason, at: expiresAt };
    case 'plan_of_other_state':
      return { reason, state };
    case 'plan_of_fork':
      return { reason, run: origin.run };
    case 'plan_of_other_commit':
      return undefined;
  }
}

/** Who wrote the state as it is now, where a plan is stale; undefined where none is. Pure. */
export function findMover({ misfits, state }: Freshness): Mover | undefined {
  if (misfits.every(({ reason }) => reason !== 'plan_stale')) return undefined;
  const provenance = state?.object.provenance;
  return {
    runUrl: provenance?.run ?? null,
    actor: provenance?.actor ?? null,
    time: state?.object.lastModified ?? null,
    serial: state?.valid.header.serial ?? null,
  };
}

/** Who wrote the state as it is now; null where a client left no name, or where there is no state. */
export interface Mover {
  readonly runUrl: string | null;
  readonly actor: string | null;
  readonly time: Date | null;
  readonly serial: bigint | null;
}
