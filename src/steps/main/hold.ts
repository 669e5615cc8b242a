import { join } from 'node:path';
import { type Action, runAction } from '../../action/run-action.ts';
import { assumesRole, narrowsSession } from '../../aws/settings.ts';
import type { FoundLock } from '../../backend/lock/lock-store.ts';
import type { Use } from '../../backend/policy/least-privilege.ts';
import { serializeLockInfo } from '../../backend/records/lock-info.ts';
import type { Backend } from '../../backend/settings.ts';
import { connectBackend } from '../../connection/connect-backend.ts';
import { readLocation } from '../../inputs/backend-inputs.ts';
import { chooseUse, type HoldInputs, readHoldInputs } from '../../inputs/hold-inputs.ts';
import { InputError } from '../../inputs/input-error.ts';
import { readActionSettings } from '../../inputs/read-action-inputs.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { newLock } from '../../job-state/new-lock.ts';
import { directoryOwner } from '../../job-state/preparation.ts';
import { type LockTimes, type Session, type SessionModule, STATE_KEYS } from '../../job-state/saved-state.ts';
import { serializeState } from '../../job-state/serialize-state.ts';
import type { RunPages } from '../../messages/lock-text.ts';
import { noStateLine, ownDirectoryText, pulledLine } from '../../messages/pull-text.ts';
import { stateUrl } from '../../messages/state-url.ts';
import { createInputReader, type InputProblem } from '../../runner/inputs.ts';
import { type Job, readJob } from '../../runner/job.ts';
import type { PlanCheck, PlannedChange } from '../../statefile/plan-changes.ts';
import { escapeProblem } from '../../workspace-files/access-problems.ts';
import {
  claimStateDirectory,
  claimWithoutLock,
  stateDirectoryProblem,
} from '../../workspace-files/claim-state-directory.ts';
import { hashErroredState } from '../../workspace-files/errored-state.ts';
import { planPathProblem } from '../../workspace-files/plan-file.ts';
import { makePrivateDirectory } from '../../workspace-files/private-directory.ts';
import { readPlanJson } from '../../workspace-files/read-plan-json.ts';
import { pulledPath, stateDirectoryFor, statePathFor } from '../../workspace-files/state-directory.ts';
import { checkWorkingDirectory } from '../../workspace-files/working-directory.ts';
import { findModule, type ModuleFindings, withSelection } from './find-module.ts';
import { handOver, handOverLock, pulledFacts } from './hand-over.ts';
import { checkGatesAndPlan, handOverPlan } from './plan-for-job.ts';
import { checkUnpulled, type JobState, pullForJob } from './pull-for-job.ts';
import { describeEnd, describeHoldFailure, type HeldState, type SuccessCode } from './report-result.ts';
import { rescueLeftStates } from './rescue-left-states.ts';
import { rollBack } from './roll-back.ts';
import { startCheckpointer } from './start-checkpointer.ts';
import { type Attempt, type LockDependencies, takeLock } from './take-lock.ts';

// Whoever finds the lock must watch it for three of these before it can be called stale.
const LONGEST_HEARTBEAT_MS = 60_000;

/** Where a step's work is another step's: the entry passes it in, since steps don't import each other. */
export interface OtherSteps {
  /** What main is with `lock: guard`. */
  startLockCleanup(deps: Dependencies, backend: Backend, session: Session, inputs: HoldInputs): Promise<void>;
  /** What the doctor finds when main was refused: the error to throw. */
  explainAccess(deps: Dependencies, backend: Backend, use: Use, error: unknown): Promise<unknown>;
}

/**
 * The main step: takes Terraform's lock, pulls the state into a private file and hands it to the job.
 * Whatever fails on the way frees the lock again. Errors are thrown, for the entry to explain.
 */
export function hold(deps: LockDependencies, others: OtherSteps): Promise<void> {
  const { serverUrl: githubServer } = readJob(deps.env);
  return runAction(deps, createHoldAction(others, { githubServer }));
}

function createHoldAction(
  others: OtherSteps,
  pages: RunPages,
): Action<LockDependencies, JobInputs, HeldState> {
  // What main did that outlives its failure.
  const progress: Progress = { broken: [] };
  return {
    secretInputs: ['github_token'],
    readInputs,
    work: (deps, inputs, job) => holdState(deps, others, inputs, job, progress),
    describeEnd: (held) => describeEnd(held, pages),
    describeFailure: (error) => describeHoldFailure(error, progress.broken, pages),
  };
}

/** The stale locks that were taken over. */
interface Progress {
  broken: readonly FoundLock[];
}

async function holdState(
  deps: LockDependencies,
  others: OtherSteps,
  inputs: JobInputs,
  job: Job,
  progress: Progress,
): Promise<HeldState> {
  const session = await openSession(deps, job, inputs);
  const backend = connectBackend(deps, inputs.backend);
  const attempt: Attempt = {
    session,
    lockStatus: 'none',
    stores: undefined,
    broken: [],
    told: Promise.resolve(),
  };
  try {
    return await take(deps, others, backend, attempt, inputs);
  } catch (error) {
    const failure = await rollBack(deps, backend, attempt, error);
    throw await others.explainAccess(deps, backend, chooseUse(session.mode, session.pull), failure);
  } finally {
    progress.broken = attempt.broken;
    await attempt.told;
    backend.aws.destroy();
  }
}

/** What the job asked for: a watch, the lock alone, or the state with or without it. */
async function take(
  deps: LockDependencies,
  others: OtherSteps,
  backend: Backend,
  attempt: Attempt,
  inputs: JobInputs,
): Promise<HeldState> {
  const { session } = attempt;
  const { address } = backend;
  const nothing = { address, lockId: undefined, waitedMs: undefined, broken: [], fingerprint: undefined };
  if (session.mode === 'guard') {
    await others.startLockCleanup(deps, backend, session, inputs);
    return { ...nothing, code: 'watching' };
  }
  const times = await deps.runner.group('Lock the state', () => lock(deps, backend, attempt, inputs));
  const { broken } = attempt;
  const locked = { ...nothing, lockId: session.lock?.id, waitedMs: times?.waitedMs, broken };
  if (!session.pull) {
    const seesState = !narrowsSession(session.backend.aws.credentials);
    await checkUnpulled(deps, backend, join(session.privateDirectory, 'looked-at'), broken, seesState);
    handOverLock(deps, session);
    await startCheckpointer(deps, session, times, undefined);
    return { ...locked, code: 'locked' };
  }
  const statePath = statePathFor(session.stateDirectory, address.workspace);
  await clearTheWay(deps, backend, session);
  const isLocked = session.lock !== undefined;
  const path = pulledPath(session.stateDirectory, session.privateDirectory);
  const pulled = await deps.runner.group('Pull the state', () => pull(deps, backend, path, isLocked));
  const request = { ...inputs, changes: inputs.planned };
  const plan = await checkGatesAndPlan(deps, backend, session, request, pulled);
  await handOver(deps, backend, session, pulled, statePath);
  const planOutputs = await handOverPlan(deps, session, request, pulled, plan);
  for (const [name, value] of Object.entries(planOutputs)) deps.runner.output(name, value);
  await startCheckpointer(deps, session, times, pulledFacts(pulled));
  return { ...locked, code: toCode(session), fingerprint: pulled.fingerprint };
}

/** Only under the lock, the shared directory is this job's to clear: what a killed job left in it is kept first. */
async function clearTheWay(
  deps: Pick<Dependencies, 'env' | 'runner' | 'clock' | 'signal'>,
  backend: Backend,
  session: Session,
): Promise<void> {
  if (session.lock === undefined) return;
  const owner = directoryOwner(session, readJob(deps.env));
  const left = await claimStateDirectory(session.stateDirectory, owner);
  await rescueLeftStates(deps, backend, left, session.privateDirectory);
}

function toCode({ mode, lock: ours }: Session): SuccessCode {
  if (mode === 'none') return 'pulled';
  return ours === undefined ? 'held_unlocked' : 'held';
}

/** The inputs, and what they name on the disk that is wanted before the lock. */
interface JobInputs extends HoldInputs {
  /** What the job's plan does, where a gate asks for it. */
  readonly planned: readonly PlannedChange[] | undefined;
  /** Undefined: no module says which workspace counts. */
  readonly module: SessionModule | undefined;
}

/** The inputs, and what of them only the disk can judge: every problem in one error, before any call. */
async function readInputs(deps: Pick<Dependencies, 'env' | 'runner'>, job: Job): Promise<JobInputs> {
  const findings = await findModule(deps.env, job);
  const { given, region } = await readActionSettings(deps, job, (settings) =>
    withSelection(deps.env, settings, findings?.module),
  );
  const { inputs, problems } = readHoldInputs({ env: deps.env, job, profileRegion: region, given });
  const plan = await readPlan(inputs);
  const planProblems = plan?.kind === 'invalid' ? [planProblem(inputs.planJson, plan.detail)] : [];
  const onDisk = [...(await problemsOnDisk(job, inputs, findings)), ...planProblems];
  const news = onDisk.filter(({ fix }) => problems.every((problem) => problem.fix !== fix));
  if (problems.length + news.length > 0) throw new InputError([...problems, ...news]);
  const { key, workspaceKeyPrefix } = readLocation(createInputReader(deps.env, given));
  const module = findings && { ...findings.module, key, workspaceKeyPrefix };
  const planned = plan?.kind === 'plan' ? plan.changes : undefined;
  return { ...inputs, planned, module };
}

/** The plan that a gate looks at; undefined where none does. */
async function readPlan({ gates, planJson }: HoldInputs): Promise<PlanCheck | undefined> {
  return gates.destroy === undefined || planJson === undefined ? undefined : await readPlanJson(planJson);
}

function planProblem(value: string | undefined, detail: string): InputProblem {
  const fix = `${detail}. Make it before this step with "terraform show -json PLAN"`;
  return { input: 'plan_json', value, fix };
}

async function problemsOnDisk(
  { workspace: workspaceRoot }: Job,
  { workingDirectory, pull, backend, planToApply }: HoldInputs,
  findings: ModuleFindings | undefined,
): Promise<readonly InputProblem[]> {
  const problems = [...(findings?.problems ?? [])];
  const name = (fix: string): InputProblem => ({
    input: 'working_directory',
    value: workingDirectory ?? findings?.module.directory,
    fix,
  });
  if (findings !== undefined) {
    const { directory, dataDirectory } = findings.module;
    const module = { directory, dataDirectory, workspaceRoot };
    const found =
      workingDirectory === undefined ? [escapeProblem(module)] : await checkWorkingDirectory(module);
    problems.push(...found.filter((fix) => fix !== undefined).map(name));
  }
  const atPath = planToApply?.path && (await planPathProblem(planToApply.path, workspaceRoot));
  if (atPath) problems.push({ input: 'plan_path', value: planToApply.path, fix: atPath });
  const inTheWay = pull ? await stateDirectoryProblem(stateDirectoryFor(backend)) : undefined;
  if (inTheWay !== undefined) problems.push(name(inTheWay));
  return problems;
}

/** Decides what post will need and saves it, before anything is touched outside of this runner. */
async function openSession(
  deps: Pick<Dependencies, 'runner' | 'clock' | 'machine'>,
  job: Job,
  inputs: JobInputs,
): Promise<Session> {
  const { address, table: dynamodbTable, useLockfile } = inputs.backend;
  const startedAt = deps.clock.now();
  const lock = newLock(address, job, deps.machine, startedAt);
  const isLocked = inputs.lockMode === 'hold' && (dynamodbTable !== undefined || useLockfile);
  const heartbeatMs =
    inputs.checkpointMs === 0 ? undefined : Math.min(inputs.checkpointMs, LONGEST_HEARTBEAT_MS);
  const session: Session = {
    backend: inputs.backend,
    mode: inputs.lockMode,
    pull: inputs.pull,
    push: inputs.push,
    publishOutputs: inputs.publishOutputs,
    checkpointMs: inputs.checkpointMs,
    startedAt,
    privateDirectory: await makePrivateDirectory(job),
    stateDirectory: stateDirectoryFor(inputs.backend),
    workingDirectory: inputs.workingDirectory,
    erroredBefore:
      inputs.workingDirectory === undefined ? undefined : await hashErroredState(inputs.workingDirectory),
    module: inputs.module,
    lock: isLocked ? { id: lock.id, info: serializeLockInfo(lock), heartbeatMs } : undefined,
  };
  deps.runner.saveState(STATE_KEYS.session, serializeState(session));
  return session.pull && session.lock === undefined ? await openWithoutLock(deps, job, session) : session;
}

/** A job that holds no lock takes the shared directory only where no other job of this machine has it. */
async function openWithoutLock(
  deps: Pick<Dependencies, 'runner'>,
  job: Job,
  session: Session,
): Promise<Session> {
  const { stateDirectory: shared } = session;
  const stateDirectory = await claimWithoutLock(shared, directoryOwner(session, job));
  if (stateDirectory === shared) return session;
  deps.runner.notice(ownDirectoryText(stateDirectory));
  const own = { ...session, stateDirectory };
  deps.runner.saveState(STATE_KEYS.session, serializeState(own));
  return own;
}

/**
 * Takes the lock; side by side the credentials are proved where no assumed role proves them anyway. Both have ended
 * when an error of either is thrown. Credentials that are no good end the wait, never a write that is under way: its
 * answer tells whether there is a lock to give back.
 */
async function lock(
  deps: LockDependencies,
  backend: Backend,
  attempt: Attempt,
  inputs: HoldInputs,
): Promise<LockTimes | undefined> {
  const { aws } = backend;
  await aws.signIn();
  const proved = inputs.skipCredentialsValidation || assumesRole(inputs.backend.aws.credentials);
  const refused = new AbortController();
  const waiting = AbortSignal.any([deps.signal, refused.signal]);
  const [taken] = await Promise.allSettled([
    takeLock({ ...deps, signal: waiting }, backend, attempt, inputs),
    proved ? undefined : aws.verifyCredentials().catch((error: unknown) => refused.abort(error)),
  ]);
  deps.signal.throwIfAborted();
  refused.signal.throwIfAborted();
  if (taken.status === 'rejected') throw taken.reason;
  return taken.value;
}

async function pull(
  deps: Pick<Dependencies, 'runner' | 'clock' | 'signal'>,
  backend: Backend,
  path: string,
  isLocked: boolean,
): Promise<JobState> {
  const pulled = await pullForJob(deps, backend, path, isLocked);
  const where = stateUrl(backend);
  if (pulled.state === undefined) {
    deps.runner.info(noStateLine(where));
    return pulled;
  }
  const { object, valid } = pulled.state;
  const { size, md5 } = object.facts;
  deps.runner.info(pulledLine(where, { serial: valid.header.serial, size, md5 }));
  return pulled;
}
