import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  computeExpiry,
  decidePlanUse,
  type PlanRefusal,
  type PlanUse,
} from '../../backend/plan-vault/decide-plan-use.ts';
import { deletePlan } from '../../backend/plan-vault/delete-plan.ts';
import { fetchPlan } from '../../backend/plan-vault/fetch-plan.ts';
import { readAskedPlan } from '../../backend/plan-vault/read-plan-record.ts';
import type { PlanRecord } from '../../backend/records/plan-record.ts';
import type { Backend } from '../../backend/settings.ts';
import { type CurrentObject, StateError, type StateErrorDetails } from '../../backend/state-error.ts';
import type { Gates } from '../../inputs/gate-inputs.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { decisionLine } from '../../messages/debug-text.ts';
import { explain } from '../../messages/explain.ts';
import { expiredPlanStaysText } from '../../messages/plan-text.ts';

type CheckDependencies = Pick<Dependencies, 'runner' | 'clock'>;

/** A plan with its record. */
export interface FoundPlan {
  readonly planId: string;
  readonly record: PlanRecord;
  readonly storedAt: number | undefined;
}

/**
 * Finds the record of the plan that the job applies: by its id, or the newest of a run. Errors: StateErrors `plan_not_found` and `plan_tampered`,
 * AwsError.
 */
export async function findPlan(backend: Backend, reference: string): Promise<FoundPlan> {
  const { planId, found } = await readAskedPlan(backend, reference);
  if (found.kind === 'found') return { planId, record: found.record, storedAt: found.storedAt };
  if (found.kind === 'missing') {
    throw new StateError({ reason: 'plan_not_found', planId, record: undefined }, backend);
  }
  const tampered = { kind: 'record', detail: found.detail } as const;
  throw new StateError({ reason: 'plan_tampered', planId, found: tampered }, backend);
}

/** All reasons why the plan must not be applied now. Deletes an expired plan. Throws nothing. */
export async function refusePlan(
  deps: CheckDependencies,
  backend: Backend,
  plan: FoundPlan,
  use: Omit<PlanUse, 'address' | 'now' | 'storedAt'>,
  current: CurrentObject | undefined,
): Promise<StateErrorDetails[]> {
  const { planId, record, storedAt } = plan;
  const whole = { ...use, address: backend.address, now: deps.clock.now(), storedAt };
  const refusals = decidePlanUse(record, whole);
  deps.runner.debug(decisionLine('plan', refusals.join(', ') || 'fits', planId));
  const isDeleted = refusals.includes('plan_expired') && (await tryDelete(deps, backend, planId));
  const describe = (reason: PlanRefusal): StateErrorDetails => {
    if (reason === 'plan_stale') return { reason, planId, record, fingerprint: use.fingerprint, current };
    if (reason === 'plan_expired')
      return { reason, planId, record, expiredAt: computeExpiry(record, whole), isDeleted };
    return reason === 'plan_of_other_commit'
      ? { reason, planId, record, commit: use.commit }
      : { reason, planId, record };
  };
  return refusals.map(describe);
}

/** A gate that checks what a plan changes needs all changes. Pure. */
export function refuseUnknownChanges({ planId, record }: FoundPlan, { destroy }: Gates): StateErrorDetails[] {
  if (destroy === undefined || record.changes?.isComplete === true) return [];
  return [{ reason: 'plan_changes_unknown', planId, record }];
}

/**
 * Fetches the plan into `path`, which nobody else reads, and checks that it matches its record.
 *
 * Errors: StateErrors `plan_not_found` and `plan_tampered`, AwsError.
 */
export async function fetchCheckedPlan(
  backend: Backend,
  { planId, record }: FoundPlan,
  path: string,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const fetched = await fetchPlan(backend, planId, record, path);
  if (fetched.kind === 'matches') return;
  if (fetched.kind === 'missing') {
    throw new StateError({ reason: 'plan_not_found', planId, record }, backend);
  }
  const { size, sha256 } = fetched;
  const found = { kind: 'plan', record, size, sha256 } as const;
  throw new StateError({ reason: 'plan_tampered', planId, found }, backend);
}

async function tryDelete(deps: CheckDependencies, backend: Backend, planId: string): Promise<boolean> {
  try {
    await deletePlan(backend, planId);
    return true;
  } catch (error) {
    const why = explain(error, deps.clock.now());
    deps.runner.warning(expiredPlanStaysText(planId, why));
    return false;
  }
}
