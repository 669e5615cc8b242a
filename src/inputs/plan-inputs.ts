import { isAbsolute, relative, resolve, sep } from 'node:path';
import {
  isPlanId,
  isPlanName,
  isPlanReference,
  makePlanId,
  planRecordKey,
} from '../backend/plan-vault/plan-id.ts';
import type { PlanAccess } from '../backend/policy/uses.ts';
import type { BackendSettings } from '../backend/settings.ts';
import type { InputReader } from '../runner/inputs.ts';
import type { Job } from '../runner/job.ts';
import { parseLongDuration } from '../time/duration.ts';
import type { LockModeInputs } from './lock-mode-inputs.ts';

/** The plan that the job makes, for another job to apply. */
export interface PlanToStore {
  readonly planId: string;
  /** The absolute path of the file that a step of the job creates. */
  readonly path: string;
}

/** The plan that the job applies. */
export interface PlanToApply {
  /** A plan id, or the newest plan of a run. */
  readonly reference: string;
  /** The absolute path of a file that does not exist yet; undefined for one that only this job's user can read. */
  readonly path: string | undefined;
  readonly allowsOtherCommit: boolean;
}

export interface PlanInputs {
  readonly planToStore: PlanToStore | undefined;
  readonly planToApply: PlanToApply | undefined;
  /** The greatest allowed age of a plan. */
  readonly planTtlMs: number;
}

const DEFAULT_TTL_MS = 7 * 86_400_000;

// The default of `plan` in action.yml. An empty value, lost on its way, must not count as this.
const NO_PLAN = 'none';

/** How to fix a plan id that is none. */
export const NOT_A_PLAN =
  'pass the plan_id output of the plan job unchanged, or <run id>-latest for the newest plan of a run';

const S3_KEY_BYTES = 1024;

/** Reads what happens with plans, and refuses what can't be bound to a state. */
export function readPlanInputs(
  reader: InputReader,
  job: Job,
  mode: LockModeInputs,
  push: 'changed' | 'never',
  settings: BackendSettings,
): PlanInputs {
  const planToStore = readPlanToStore(reader, job, mode);
  const planToApply = readPlanToApply(reader, job, mode, push);
  if (planToStore !== undefined && planToApply !== undefined) {
    reader.reject(
      'plan',
      planToApply.reference,
      'a job makes a plan or applies one: remove plan, or plan_file',
    );
  }
  if (planToStore !== undefined) checkVault(reader, 'plan_file', planToStore.planId, settings);
  return { planToStore, planToApply, planTtlMs: readTtl(reader) };
}

/** What these inputs require of the session. Pure. */
export function choosePlanAccess({ planToStore, planToApply }: PlanInputs): PlanAccess | undefined {
  if (planToApply !== undefined) return 'apply';
  return planToStore === undefined ? undefined : 'store';
}

function readPlanToStore(
  reader: InputReader,
  { runId, runAttempt, workspace }: Job,
  { lockMode, pull }: LockModeInputs,
): PlanToStore | undefined {
  const file = reader.text('plan_file');
  const name = reader.text('plan_name');
  if (file === undefined) {
    if (name !== undefined)
      reader.reject('plan_name', name, 'it names the plan of plan_file: give plan_file too');
    return undefined;
  }
  if (name !== undefined && !isPlanName(name)) {
    reader.reject('plan_name', name, 'use 1 to 64 letters, digits, - and _');
  }
  if (!pull) {
    const how = lockMode === 'hold' ? 'pull: false' : `lock: ${lockMode}`;
    const fix = `${how} pulls no state to bind the plan to: plan on the pulled state (lock: hold or lock: none)`;
    reader.reject('plan_file', file, fix);
  }
  const planId = makePlanId(runId, runAttempt, name);
  if (name === undefined && !isPlanId(planId)) {
    reader.reject('plan_file', file, 'GITHUB_RUN_ID names no run, and a plan is named by its run');
  }
  return { planId, path: resolve(workspace, file) };
}

function readPlanToApply(
  reader: InputReader,
  { workspace }: Job,
  { lockMode, pull }: LockModeInputs,
  push: 'changed' | 'never',
): PlanToApply | undefined {
  const reference = reader.gate('plan', NO_PLAN);
  const path = reader.text('plan_path');
  const allowsOtherCommit = reader.boolean('allow_other_commit') ?? false;
  if (reference === undefined) {
    const fix = 'it concerns the plan that the job applies: give plan too';
    if (path !== undefined) reader.reject('plan_path', path, fix);
    if (allowsOtherCommit) reader.reject('allow_other_commit', 'true', fix);
    return undefined;
  }
  if (!isPlanReference(reference)) reader.reject('plan', reference, NOT_A_PLAN);
  if (lockMode !== 'hold' || !pull || push === 'never') {
    const fix = 'the job must hold the state to apply a plan: remove lock, pull: false and push: never';
    reader.reject('plan', reference, fix);
  }
  return { reference, path: path === undefined ? undefined : resolve(workspace, path), allowsOtherCommit };
}

function readTtl(reader: InputReader): number {
  const text = reader.text('plan_ttl');
  if (text === undefined) return DEFAULT_TTL_MS;
  const ttlMs = parseLongDuration(text);
  if (ttlMs !== undefined && ttlMs >= 1000) return ttlMs;
  reader.reject('plan_ttl', text, 'use a duration of at least a second, such as 7d, 36h or 90m');
  return DEFAULT_TTL_MS;
}

/** A list of workspaces contains a plan only if the key has the name of a plan object. */
function checkVault(reader: InputReader, input: string, planId: string, { address }: BackendSettings): void {
  const key = planRecordKey(address, planId);
  if (Buffer.byteLength(key) > S3_KEY_BYTES) {
    reader.reject(
      input,
      planId,
      `the plan's object key would have more than ${S3_KEY_BYTES} bytes: shorten key`,
    );
  }
  const name = address.objectKey.split('/').at(-1) ?? '';
  if (isPlanId(name.replace(/\.json$/, ''))) {
    reader.reject(
      'key',
      name,
      'it has the name of a plan object, and Terraform would take plans for workspaces: rename it',
    );
  }
}

/** A path in the checkout with slashes; undefined when it is outside. Pure. */
export function pathInCheckout(workspace: string, path: string): string | undefined {
  const inside = relative(workspace, path);
  if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) return undefined;
  return inside === '' ? '.' : inside.split(sep).join('/');
}
