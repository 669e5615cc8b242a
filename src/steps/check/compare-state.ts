import type { StateAddress } from '../../backend/address.ts';
import { decidePlanUse } from '../../backend/plan-vault/decide-plan-use.ts';
import type { FoundRecord } from '../../backend/plan-vault/read-plan-record.ts';
import type { UsableState } from '../../backend/state/usable-state.ts';
import { fingerprint } from '../../job-state/state-fingerprint.ts';
import type { Misfit } from '../../messages/plan-status-text.ts';

/** Whether a plan still fits the state. */
export interface Freshness {
  /** None: it does. */
  readonly misfits: readonly Misfit[];
  /** Of the current state. */
  readonly fingerprint: string;
  /** Undefined when there is no state. */
  readonly state: UsableState | undefined;
}

/** Why a plan does not fit, in the code that workflows read. */
export type MisfitCode = Exclude<Misfit['reason'], 'fingerprint_mismatch'>;

/** A plan is stale, whatever else is known about it. Pure. */
export function misfitCode({ reason }: Misfit): MisfitCode {
  return reason === 'fingerprint_mismatch' ? 'plan_stale' : reason;
}

/** What a plan is compared with, and when. */
export interface PlanDecision {
  readonly address: StateAddress;
  /** In ms since the epoch. */
  readonly now: number;
}

/** Compares the current state with an earlier fingerprint. Pure. */
export function compareState(expected: string, state: UsableState | undefined): Freshness {
  const actual = fingerprint(state?.object, state?.valid.header);
  const mismatch = { reason: 'fingerprint_mismatch', expected, actual, current: state?.object } as const;
  const misfits = actual === expected ? [] : [mismatch];
  return { misfits, fingerprint: actual, state };
}

/** Compares the vault's record of a plan with the state. The apply job checks the commit. Pure. */
export function compareWithRecord(
  planId: string,
  found: FoundRecord,
  { address, now }: PlanDecision,
  state: UsableState | undefined,
): Freshness {
  const actual = fingerprint(state?.object, state?.valid.header);
  if (found.kind === 'missing')
    return {
      misfits: [{ reason: 'plan_not_found', planId, record: undefined }],
      fingerprint: actual,
      state,
    };
  if (found.kind === 'unreadable') {
    const tampering = { kind: 'record', detail: found.detail } as const;
    const misfit = { reason: 'plan_tampered', planId, found: tampering } as const;
    return { misfits: [misfit], fingerprint: actual, state };
  }
  const { record, storedAt } = found;
  const anyCommit = { commit: '', tree: undefined, allowsOtherCommit: true };
  const use = { address, fingerprint: actual, ...anyCommit, ttlMs: Number.POSITIVE_INFINITY, now, storedAt };
  const misfits = decidePlanUse(record, use).map((reason): Misfit | undefined => {
    if (reason === 'plan_stale')
      return { reason, planId, record, fingerprint: actual, current: state?.object };
    if (reason === 'plan_expired')
      return { reason, planId, record, expiredAt: record.expiresAt, isDeleted: false };
    return reason === 'plan_of_other_commit' ? undefined : { reason, planId, record };
  });
  return { misfits: misfits.filter((misfit) => misfit !== undefined), fingerprint: actual, state };
}

/** Who wrote the current state, if a plan is stale; undefined otherwise. Pure. */
export function findMover({ misfits, state }: Freshness): Mover | undefined {
  if (misfits.every((misfit) => misfitCode(misfit) !== 'plan_stale')) return undefined;
  const provenance = state?.object.provenance;
  return {
    runUrl: provenance?.run ?? null,
    actor: provenance?.actor ?? null,
    time: state?.object.lastModified ?? null,
    serial: state?.valid.header.serial ?? null,
  };
}

/** Who wrote the current state; null when a client left no name, or there is no state. */
export interface Mover {
  readonly runUrl: string | null;
  readonly actor: string | null;
  readonly time: Date | null;
  readonly serial: bigint | null;
}
