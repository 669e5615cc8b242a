import { basename } from 'node:path';
import { heldLock } from '../../backend/lock/held-lock.ts';
import { stateLock } from '../../backend/lock/state-lock.ts';
import type { Backend } from '../../backend/settings.ts';
import { StateError } from '../../backend/state-error.ts';
import { connectBackend, openConnections } from '../../connection/connect-backend.ts';
import { finishInTime } from '../../connection/finish-in-time.ts';
import { removeTicket } from '../../connection/wait-queue.ts';
import { jobTerraforms } from '../../job-processes/job-terraforms.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { toPreparation } from '../../job-state/preparation.ts';
import type { SavedState, Session } from '../../job-state/saved-state.ts';
import { decisionLine } from '../../messages/debug-text.ts';
import { explain } from '../../messages/explain.ts';
import { fileWarningText } from '../../messages/file-warning-text.ts';
import { explainKeptState } from '../../messages/kept-state-text.ts';
import { NOTHING_TO_DO, nothingToPushLine, notMovedText } from '../../messages/push-text.ts';
import type { Runner } from '../../runner/runner.ts';
import type { RunningTerraform } from '../../runner/running-terraform.ts';
import {
  findStateDirectory,
  giveUpStatePath,
  removeStateDirectory,
} from '../../workspace-files/claim-state-directory.ts';
import { ERRORED_FILE } from '../../workspace-files/errored-state.ts';
import type { FileWarning } from '../../workspace-files/file-warning.ts';
import { removePrivateDirectory } from '../../workspace-files/private-directory.ts';
import { restoreWorkingDirectory } from '../../workspace-files/working-directory.ts';
import { endPlan, takePlanAway } from './end-plan.ts';
import { endSnapshot } from './end-snapshot.ts';
import { keepErroredState } from './errored-state.ts';
import { keepLock } from './keep-lock.ts';
import { keepOtherStates } from './keep-other-states.ts';
import { lookAtOverride } from './look-at-override.ts';
import { type PushedWork, publishOutputs } from './publish-outputs.ts';
import type { PushBase } from './push-base.ts';
import type { PushEnd } from './push-end.ts';
import { type PostContext, pushFoundState } from './push-found-state.ts';
import { keepPushInDoubt } from './push-under-lost-lock.ts';
import { type LockRelease, releaseLock } from './release-lock.ts';
import { collectFailures, logLockRelease, logPush, type ReleaseReport } from './report-release.ts';
import { keepStrayStates, stateInStore } from './stray-states.ts';
import { takeOverCheckpointer } from './take-over-checkpointer.ts';
import { letTerraformEnd } from './wait-for-terraform.ts';
import { whileBeating } from './while-beating.ts';

/**
 * Ends the hold of a state: pushes, releases, and removes the job's files. `onReport` gets the results while the files
 * still exist. Returns what fails the step. Throws when the disk fails, and what `onReport` throws.
 */
export async function endHold(
  deps: Dependencies,
  saved: SavedState | undefined,
  onReport: (report: ReleaseReport) => Promise<void>,
): Promise<unknown[]> {
  if (saved === undefined || (saved.lockStatus === 'none' && saved.pulled === undefined)) {
    deps.runner.info(NOTHING_TO_DO);
    // A killed main may have left a part of the state.
    if (saved !== undefined) {
      await takePlanAway(deps, saved.plan);
      await removeFiles(deps, saved.session);
    }
    return [];
  }
  const { session } = saved;
  const postAt = deps.clock.now();
  // The kernel answers while the connections are made.
  const terraforms = jobTerraforms(deps, session);
  terraforms.catch(() => {});
  const backend = connectBackend(deps, session.backend);
  // The check of the lock and the announcement of the digest run in parallel.
  await openConnections(backend, { toTable: 2, isLockFirst: session.lock !== undefined });
  // Beside the looks at this machine. If it fails, the first request fails, too.
  backend.aws.signIn().catch(() => {});
  const held = session.lock && heldLock(backend, session.lock);
  try {
    const context = { deps, backend, session, held, pulled: saved.pulled };
    const { work, end, unpublished, pushedAt, releasedAt } = await whileBeating(context, saved, () =>
      pushAndLetGo(context, saved, terraforms),
    );
    const push = await keepPushInDoubt(deps, backend, session, work.push, end);
    const others = await keepStatesElsewhere(deps, backend, session, { ...work, push });
    const changed = push === undefined ? [] : await lookAtOverride(deps, backend, session);
    const ofPlan = await endPlan(deps, backend, session, saved.plan, push);
    const report = {
      saved,
      push,
      times: { postAt, pushedAt, releasedAt },
      end: { ...end, errors: [...end.errors, ...others, ...changed, ...unpublished, ...ofPlan] },
    };
    await onReport(report);
    // While the lock is still ours, post may run again or Terraform may still be running. Both need the files.
    const isNeeded =
      push?.kept !== undefined || others.length > 0 || end.lock.kind === 'failed' || work.left.length > 0;
    await cleanUp(deps, saved.session, isNeeded);
    return listFailures(report, deps.clock.now());
  } finally {
    backend.aws.destroy();
  }
}

/** What was found and done. Without a `push` there was nothing to decide about. */
interface Work extends PushedWork {
  readonly base: PushBase | undefined;
  /** Where the job's files are; undefined when they are gone. */
  readonly directory: string | undefined;
  /** This job's Terraform processes that could not be stopped. */
  readonly left: readonly RunningTerraform[];
}

/** Everything done under the lock, and its release. */
interface Ended {
  readonly work: Work;
  readonly unpublished: readonly StateError[];
  readonly end: LockRelease;
  /** When the push and the release ended, in ms since the epoch. */
  readonly pushedAt: number;
  readonly releasedAt: number;
}

async function pushAndLetGo(
  context: PostContext,
  saved: SavedState,
  terraforms: ReturnType<typeof jobTerraforms>,
): Promise<Ended> {
  const { deps, backend, session } = context;
  const { runner } = deps;
  const pushed = await runner.group('Push the state', () => pushWhatIsThere(context, saved, terraforms));
  const unpublished = await publishOutputs(deps, backend, session, pushed);
  const unkept = await endSnapshot(deps, backend, session, pushed.push?.pushed?.snapshot);
  const pushedAt = deps.clock.now();
  const work = await giveUpPath(deps, session, pushed);
  const release = () => releaseAndReport(deps, backend, saved, work);
  const end = await (session.mode === 'none' ? release() : runner.group('Release the lock', release));
  return { work, unpublished: [...unpublished, ...unkept], end, pushedAt, releasedAt: deps.clock.now() };
}

/**
 * After the release, the path belongs to the next holder, so this job's files leave it before. A refused state stays at
 * the location that the message names, and Terraform that is still running finds it there.
 */
async function giveUpPath(
  deps: Pick<Dependencies, 'runner' | 'clock'>,
  session: Session,
  work: Work,
): Promise<Work> {
  const { directory, push, left } = work;
  if (session.lock === undefined || directory === undefined || push?.kept !== undefined || left.length > 0)
    return work;
  try {
    const moved = await giveUpStatePath(session.stateDirectory, session.privateDirectory);
    return { ...work, directory: moved, push: push && moveLocal(push, directory, moved ?? directory) };
  } catch (error) {
    deps.runner.warning(notMovedText(directory, explain(error, deps.clock.now())));
    return work;
  }
}

/** The same push of a state whose directory was moved. */
function moveLocal(push: PushEnd, from: string, to: string): PushEnd {
  const { decision } = push;
  if (!('local' in decision) || !decision.local.path.startsWith(from)) return push;
  const path = `${to}${decision.local.path.slice(from.length)}`;
  return { ...push, decision: { ...decision, local: { ...decision.local, path } } };
}

async function pushWhatIsThere(
  context: PostContext,
  saved: SavedState,
  terraforms: ReturnType<typeof jobTerraforms>,
): Promise<Work> {
  const { deps, backend, session } = context;
  // Before the checkpointer is stopped: until then it pushes what Terraform writes while it ends.
  const isDiscarded = session.mode === 'none' && session.push === 'never';
  const left = isDiscarded ? [] : await letTerraformEnd(deps, session, terraforms);
  const base = await takeOverCheckpointer(deps, backend, saved);
  const directory = findStateDirectory(session.stateDirectory, session.privateDirectory);
  if (base === undefined || directory === undefined) {
    deps.runner.info(nothingToPushLine(session.pull));
    return { base, directory, knownBase: base, push: undefined, local: undefined, left };
  }
  const found = await pushFoundState(context, base, directory);
  logPush(deps, backend, found.push);
  return { ...found, base, directory, left };
}

/** Keeps the states that the job's Terraform wrote elsewhere than to the pulled one. */
async function keepStatesElsewhere(
  deps: Pick<Dependencies, 'env' | 'runner' | 'clock' | 'signal' | 'cleanupSignal'>,
  backend: Backend,
  session: Session,
  { base, directory, push }: Pick<Work, 'base' | 'directory' | 'push'>,
): Promise<StateError[]> {
  if (push === undefined || directory === undefined) return [];
  const others = await keepOtherStates(deps, backend, session);
  // The push keeps a state that it refused.
  const isKept = 'local' in push.decision && basename(push.decision.local.path) === ERRORED_FILE;
  const inStore = stateInStore(base, push);
  const errored = isKept ? [] : await keepErroredState(deps, backend, session, inStore);
  const strays = await keepStrayStates(deps, backend, session, inStore);
  return [...others, ...errored, ...strays];
}

async function releaseAndReport(
  deps: Pick<Dependencies, 'env' | 'runner' | 'clock' | 'signal' | 'cleanupSignal'>,
  backend: Backend,
  saved: SavedState,
  { base, push, left }: Work,
): Promise<LockRelease> {
  const stored = base?.storedDigest;
  const pushed = push?.digest;
  const end = await releaseInTime(deps, backend, saved, () =>
    left.length === 0
      ? releaseLock(backend, saved, stored, pushed)
      : keepLock(deps, backend, saved, { stored, pushed, left }),
  );
  deps.runner.debug(decisionLine('release', end.lock.kind));
  await leaveQueueOfMain(deps.runner, backend, saved);
  logLockRelease(deps, backend, saved, push, end);
  if (push !== undefined || saved.pulled === undefined || end.lock.kind !== 'released') return end;
  // The lock was still ours, so this is not a second post: the files disappeared before anything read them.
  const directory = saved.session.stateDirectory;
  const lost = new StateError({ reason: 'local_state_lost', directory }, backend);
  return { ...end, errors: [...end.errors, lost] };
}

/** A main that was killed while it waited had no time to leave the queue. */
async function leaveQueueOfMain(
  runner: Pick<Runner, 'debug'>,
  backend: Backend,
  { session, isQueued }: SavedState,
): Promise<void> {
  const stores = stateLock(backend);
  if (!isQueued || session.lock === undefined || stores === undefined) return;
  await removeTicket(runner, stores, session.lock);
}

/**
 * If our lock is gone when the release is repeated, the interrupted attempt has most likely freed it. Nothing must
 * report that somebody else freed it.
 */
function releaseInTime(
  deps: Pick<Dependencies, 'signal' | 'cleanupSignal'>,
  backend: Backend,
  { lockStatus }: SavedState,
  release: () => Promise<LockRelease>,
): Promise<LockRelease> {
  return finishInTime(deps, backend, 'release', {
    attempt: async (before) => {
      const end = await release();
      const isOurs = lockStatus === 'held' && before?.lock.kind === 'failed' && end.lock.kind === 'gone';
      return isOurs ? { ...end, lock: { kind: 'released' } } : end;
    },
    hasFailed: ({ errors }) => errors.length > 0,
  });
}

/** Always last. Files whose content exists nowhere else stay. */
async function cleanUp(
  deps: Pick<Dependencies, 'runner'>,
  session: Session,
  keepFiles: boolean,
): Promise<void> {
  const preparation = toPreparation(session);
  if (preparation !== undefined) warn(deps, await restoreWorkingDirectory(preparation));
  if (!keepFiles) await removeFiles(deps, session);
}

async function removeFiles(deps: Pick<Dependencies, 'runner'>, session: Session): Promise<void> {
  const { stateDirectory, privateDirectory } = session;
  warn(deps, await removeStateDirectory(stateDirectory, privateDirectory));
  warn(deps, await removePrivateDirectory(privateDirectory));
}

/** Why the step fails, followed by the location of a state that was not pushed. */
function listFailures(report: ReleaseReport, now: number): unknown[] {
  const errors = collectFailures(report);
  const { push } = report;
  return errors.length === 0 || push?.kept === undefined
    ? errors
    : [...errors, new Error(explainKeptState(push.kept, now))];
}

function warn({ runner }: Pick<Dependencies, 'runner'>, warnings: readonly FileWarning[]): void {
  for (const warning of warnings) runner.warning(fileWarningText(warning));
}
