import { join } from 'node:path';
import type { PlanRecord } from '../../backend/records/plan-record.ts';
import type { Backend } from '../../backend/settings.ts';
import type { HoldInputs } from '../../inputs/hold-inputs.ts';
import { InputError } from '../../inputs/input-error.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { type SavedPlan, type Session, STATE_KEYS } from '../../job-state/saved-state.ts';
import { serializeState } from '../../job-state/serialize-state.ts';
import { toLastWrite } from '../../messages/describe-current.ts';
import { describePlan } from '../../messages/plan-text.ts';
import { readJob } from '../../runner/job.ts';
import { installPlan, markPlanFile, PlanPathTaken } from '../../workspace-files/plan-file.ts';
import {
  type FoundPlan,
  fetchCheckedPlan,
  findPlan,
  refusePlan,
  refuseUnknownChanges,
} from './check-plan.ts';
import { findCodeOfLastWrite, type LastWriteDependencies } from './code-of-last-write.ts';
import { checkGates, type GateFacts, refuse } from './gates.ts';
import { readPlannedCode, readPlanOrigin } from './plan-origin.ts';
import type { JobState } from './pull-for-job.ts';
import { reportRefused } from './report-refused.ts';

/** The outputs for the job's plan. */
export interface PlanOutputs {
  readonly plan_id: string;
  readonly plan_path: string;
}

/** A plan that was fetched and checked, and that only we can read so far. */
export interface CheckedPlan {
  readonly planId: string;
  readonly record: PlanRecord;
  readonly path: string;
}

/** What the job requires: gates, the plan to apply, and what the job's own plan does if a gate needs it. */
export type PlanRequest = Pick<HoldInputs, 'gates' | 'planToStore' | 'planToApply' | 'planTtlMs'> &
  Pick<GateFacts, 'changes'>;

/** What is also known when the job goes on. */
type HandOverRequest = PlanRequest & Pick<HoldInputs, 'planJson' | 'stale'>;

/**
 * Checks all gates and the plan that the job applies, together, and then fetches that plan. Undefined when the job
 * applies none. The job's page shows a refusal. Errors: the StateError that refuses, an AggregateError for several,
 * AwsError.
 */
export async function checkGatesAndPlan(
  deps: Pick<Dependencies, 'env' | 'runner' | 'clock'>,
  backend: Backend,
  session: Session,
  request: PlanRequest,
  pulled: JobState,
): Promise<CheckedPlan | undefined> {
  try {
    return await checkTogether(deps, backend, session, request, pulled);
  } catch (error) {
    await reportRefused(deps, backend, error, pulled.state?.object);
    throw error;
  }
}

async function checkTogether(
  deps: Pick<Dependencies, 'env' | 'runner' | 'clock'>,
  backend: Backend,
  session: Session,
  request: PlanRequest,
  { state, fingerprint }: JobState,
): Promise<CheckedPlan | undefined> {
  const { gates, planToApply, planTtlMs: ttlMs } = request;
  const current = state?.object;
  const { address } = backend;
  const facts = { address, fingerprint, header: state?.valid.header, current };
  if (planToApply === undefined) {
    refuse(backend, checkGates(gates, { ...facts, changes: request.changes }));
    return undefined;
  }
  const { reference, allowsOtherCommit } = planToApply;
  const plan = await findPlan(backend, reference);
  const code = await readPlannedCode(deps.env, readJob(deps.env), session.module?.directory);
  const refusals = await refusePlan(
    deps,
    backend,
    plan,
    { ...code, fingerprint, allowsOtherCommit, ttlMs },
    current,
  );
  const unknown = request.changes === undefined ? refuseUnknownChanges(plan, gates) : [];
  const changes = request.changes ?? plan.record.changes?.changes;
  refuse(backend, [...refusals, ...unknown, ...checkGates(gates, { ...facts, changes })]);
  return await fetchForJob(deps, backend, session, plan);
}

async function fetchForJob(
  { runner, clock }: Pick<Dependencies, 'runner' | 'clock'>,
  backend: Backend,
  { privateDirectory }: Session,
  plan: FoundPlan,
): Promise<CheckedPlan> {
  const { planId, record } = plan;
  const path = join(privateDirectory, 'plan', 'tfplan');
  await fetchCheckedPlan(backend, plan, path);
  runner.info(describePlan(planId, record, clock.now()));
  return { planId, record, path };
}

/**
 * Puts the plan where the job wants it, or saves what post does with the plan that the job makes. Always main's last
 * action, because a later failure would have to remove the plan again. Errors: InputError when something exists at
 * `plan_path`, other errors of the disk.
 */
export async function handOverPlan(
  deps: LastWriteDependencies,
  session: Session,
  request: HandOverRequest,
  pulled: JobState,
  checked: CheckedPlan | undefined,
): Promise<PlanOutputs> {
  const { planToStore, planToApply } = request;
  if (planToStore !== undefined) {
    savePlan(deps, await describeMadePlan(deps, session, planToStore, request, pulled));
    return { plan_id: planToStore.planId, plan_path: '' };
  }
  if (checked === undefined) return { plan_id: '', plan_path: '' };
  const path = planToApply?.path ?? checked.path;
  if (path !== checked.path) await installForJob(deps, checked, path);
  else savePlan(deps, { kind: 'apply', planId: checked.planId, path });
  return { plan_id: checked.planId, plan_path: path };
}

/** What post has to know of the plan that the job will make. */
async function describeMadePlan(
  deps: LastWriteDependencies,
  session: Session,
  { planId, path }: NonNullable<PlanRequest['planToStore']>,
  { planJson, planTtlMs, stale }: HandOverRequest,
  { state, fingerprint }: JobState,
): Promise<SavedPlan> {
  const job = readJob(deps.env);
  const markBefore = await markPlanFile(path);
  const origin = await readPlanOrigin(deps.env, job, session.module?.directory);
  const written = state?.object.provenance;
  return {
    kind: 'store',
    planId,
    path,
    jsonPath: planJson,
    markBefore,
    ttlMs: planTtlMs,
    workspaceRoot: job.workspace,
    origin,
    fingerprint,
    terraformVersion: state?.valid.header.terraformVersion,
    lastWrite: state && toLastWrite(state.object),
    codeOfLastWrite: await findCodeOfLastWrite(deps, written, origin.commit, stale.github),
  };
}

/**
 * Post removes the file at this path, so the path is saved before the file exists, but not if another file is there.
 */
async function installForJob(
  deps: Pick<Dependencies, 'env' | 'runner'>,
  { planId, path: from }: CheckedPlan,
  path: string,
): Promise<void> {
  savePlan(deps, { kind: 'apply', planId, path });
  try {
    await installPlan(from, path, readJob(deps.env).workspace);
  } catch (error) {
    deps.runner.saveState(STATE_KEYS.plan, '');
    if (!(error instanceof PlanPathTaken)) throw error;
    const fix = 'something now exists there, or its folder changed while this step ran: choose another path';
    throw new InputError([{ input: 'plan_path', value: path, fix }]);
  }
}

function savePlan({ runner }: Pick<Dependencies, 'runner'>, plan: SavedPlan): void {
  runner.saveState(STATE_KEYS.plan, serializeState(plan));
}
