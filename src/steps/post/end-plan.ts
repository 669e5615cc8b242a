import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { FileFacts } from '../../backend/objects/file-facts.ts';
import { deleteAppliedPlan } from '../../backend/plan-vault/delete-plan.ts';
import { type EarlierPlan, findLastPlan } from '../../backend/plan-vault/find-last-plan.ts';
import { storePlan } from '../../backend/plan-vault/store-plan.ts';
import { summarizeChanges } from '../../backend/plan-vault/summarize-changes.ts';
import { type PlanRecord, printPlanRecord } from '../../backend/records/plan-record.ts';
import type { Backend } from '../../backend/settings.ts';
import { StateError } from '../../backend/state-error.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import type { SavedPlan, Session } from '../../job-state/saved-state.ts';
import { explain } from '../../messages/explain.ts';
import { renderPlan } from '../../messages/plan-summary.ts';
import {
  brokenOutputsText,
  deletedPlanLine,
  noEarlierPlanText,
  noPlanText,
  notDeletedText,
  storedPlanLine,
  unusablePlanJsonText,
  uselessPlanText,
} from '../../messages/plan-text.ts';
import { writeSummary } from '../../messages/write-summary.ts';
import type { PlanCheck } from '../../statefile/plan-changes.ts';
import { copyPlanFile, markPlanFile, removePlan } from '../../workspace-files/plan-file.ts';
import { readPlanJson } from '../../workspace-files/read-plan-json.ts';
import type { PushEnd } from './push-end.ts';

type PlanToStore = Extract<SavedPlan, { kind: 'store' }>;
type Description = Extract<PlanCheck, { kind: 'plan' }>;
type PlanApplied = Extract<SavedPlan, { kind: 'apply' }>;

/**
 * Stores the plan that the job made and deletes the one that it applied, after the state has been handled. Throws
 * nothing. Returns the StateErrors `plan_not_stored` and `plan_id_taken`, or nothing.
 */
export async function endPlan(
  deps: Pick<Dependencies, 'runner' | 'clock' | 'signal'>,
  backend: Backend,
  session: Session,
  plan: SavedPlan | undefined,
  push: PushEnd | undefined,
): Promise<StateError[]> {
  if (plan === undefined) return [];
  if (plan.kind === 'apply') {
    await endAppliedPlan(deps, backend, plan, push);
    return [];
  }
  return await storeMadePlan(deps, backend, session, plan, push);
}

/** Removes the plan from where main put it. Throws nothing: a plan that can't be removed is a warning. */
export async function takePlanAway(
  { runner }: Pick<Dependencies, 'runner'>,
  plan: SavedPlan | undefined,
): Promise<void> {
  if (plan?.kind !== 'apply') return;
  for (const warning of await removePlan(plan.path)) runner.warning(warning);
}

/**
 * A plan that changed the state is useless afterwards, and contains values. One that was not applied may still be
 * needed.
 */
async function endAppliedPlan(
  deps: Pick<Dependencies, 'runner' | 'clock' | 'signal'>,
  backend: Backend,
  plan: PlanApplied,
  push: PushEnd | undefined,
): Promise<void> {
  const { runner, clock, signal } = deps;
  await takePlanAway(deps, plan);
  if (push?.pushed === undefined || push.error !== undefined) return;
  try {
    signal.throwIfAborted();
    await deleteAppliedPlan(backend, plan.planId);
    runner.info(deletedPlanLine(plan.planId));
  } catch (error) {
    const why = explain(error, clock.now());
    runner.warning(notDeletedText(backend, plan.planId, why));
  }
}

async function storeMadePlan(
  deps: Pick<Dependencies, 'runner' | 'clock' | 'signal'>,
  backend: Backend,
  session: Session,
  plan: PlanToStore,
  push: PushEnd | undefined,
): Promise<StateError[]> {
  const { runner, signal } = deps;
  const { planId, path } = plan;
  try {
    const copyPath = join(session.privateDirectory, 'post', 'plan');
    const facts = (await isMade(plan)) ? await copyPlanFile(path, copyPath, plan.workspaceRoot) : undefined;
    if (facts === undefined) {
      runner.notice(noPlanText(planId, path));
      return [];
    }
    signal.throwIfAborted();
    const description = await readDescription(deps, plan);
    const record = describeMadePlan(deps, backend, plan, facts, description);
    const recordPath = `${copyPath}.json`;
    await writeFile(recordPath, printPlanRecord(record), { mode: 0o600 });
    const files = { planPath: copyPath, planFacts: facts, recordPath };
    const { run, actor } = plan.origin;
    const writer = { id: session.lock?.id ?? basename(session.privateDirectory), run, actor };
    await storePlan(backend, planId, files, writer);
    reportStored(deps, backend, planId, record, push);
    const outputs = description?.outputs;
    const broken = outputs && brokenOutputsText(planId, outputs);
    if (broken !== undefined) runner.warning(broken);
    const { lastWrite, codeOfLastWrite } = plan;
    const before = await lookForLastPlan(deps, backend, planId, record);
    await writeSummary(deps, () =>
      renderPlan(backend, { planId, record, outputs, lastWrite, codeOfLastWrite, before }),
    );
    return [];
  } catch (error) {
    if (error instanceof StateError) return [error];
    return [new StateError({ reason: 'plan_not_stored', planId, cause: error }, backend)];
  }
}

/** The plan is stored: if the previous one can't be found, that is only missing on the page. */
async function lookForLastPlan(
  { runner, clock }: Pick<Dependencies, 'runner' | 'clock'>,
  backend: Backend,
  planId: string,
  { origin }: PlanRecord,
): Promise<EarlierPlan | undefined> {
  try {
    return await findLastPlan(backend, planId, origin);
  } catch (error) {
    runner.info(noEarlierPlanText(explain(error, clock.now())));
    return undefined;
  }
}

async function isMade({ path, markBefore }: PlanToStore): Promise<boolean> {
  const mark = await markPlanFile(path);
  return mark !== undefined && mark !== markBefore;
}

function describeMadePlan(
  deps: Pick<Dependencies, 'clock'>,
  backend: Backend,
  plan: PlanToStore,
  { size, sha256 }: FileFacts,
  described: Description | undefined,
): PlanRecord {
  const { bucket, objectKey: key, workspace } = backend.address;
  const createdAt = deps.clock.now();
  return {
    state: { bucket, key, workspace },
    fingerprint: plan.fingerprint,
    origin: plan.origin,
    sha256: sha256.toString('hex'),
    size,
    createdAt,
    expiresAt: createdAt + plan.ttlMs,
    terraformVersion: described?.terraformVersion ?? plan.terraformVersion,
    changes: described && summarizeChanges(described.changes),
  };
}

/** Undefined when the job made no such file, or it is not a plan. Then no gate can check it, and a warning says so. */
async function readDescription(
  { runner }: Pick<Dependencies, 'runner'>,
  { jsonPath }: PlanToStore,
): Promise<Description | undefined> {
  if (jsonPath === undefined) return undefined;
  const plan = await readPlanJson(jsonPath);
  if (plan.kind === 'plan') return plan;
  runner.warning(unusablePlanJsonText(jsonPath, plan.detail));
  return undefined;
}

function reportStored(
  { runner }: Pick<Dependencies, 'runner'>,
  backend: Backend,
  planId: string,
  { size, changes }: PlanRecord,
  push: PushEnd | undefined,
): void {
  runner.info(storedPlanLine(backend, planId, size, changes));
  if (push?.pushed === undefined) return;
  runner.warning(uselessPlanText(planId));
}
