import { profileRegion } from '../../aws/regions.ts';
import { serializeLockInfo } from '../../backend/lock-info.ts';
import type { Backend } from '../../backend/settings.ts';
import { type Job, readJob } from '../../runner/job.ts';
import type { Dependencies } from '../dependencies.ts';
import { makePrivateDirectory } from '../files/private-directory.ts';
import { checkWorkingDirectory, statePathFor } from '../files/working-directory.ts';
import { type HoldInputs, InputError, readHoldInputs, readProfileInputs } from '../inputs/hold-inputs.ts';
import { maskGivenKeys } from '../inputs/mask-given-keys.ts';
import { type LockTimes, type Session, STATE_KEYS, serializeState } from '../saved-state.ts';
import { connectBackend } from '../session.ts';
import { stateUrl } from '../words/state-url.ts';
import { handOver } from './hand-over.ts';
import { newLock } from './new-lock.ts';
import { type JobState, pullForJob, requireFingerprint } from './pull-for-job.ts';
import { type Held, tellResult } from './result.ts';
import { type Attempt, takeLock } from './take-lock.ts';
import { withdraw } from './withdraw.ts';

/**
 * The main step: takes Terraform's lock, pulls the state into a private file and hands it to the job.
 * Whatever fails on the way frees the lock again. Errors are thrown, for the entry to explain.
 */
export async function hold(deps: Dependencies): Promise<void> {
  await tellResult(deps.runner, () => holdState(deps));
}

async function holdState(deps: Dependencies): Promise<Held> {
  const job = readJob(deps.env);
  maskGivenKeys(deps.env, deps.runner);
  const inputs = await readInputs(deps, job);
  for (const warning of inputs.warnings) deps.runner.warning(warning);

  const session = await openSession(deps, job, inputs);
  const backend = connectBackend(deps, inputs.backend);
  const statePath = statePathFor(session.privateDirectory, backend.address.workspace);
  const attempt: Attempt = { session, lockStatus: 'none' };
  try {
    const times = await deps.runner.group('Lock the state', () => lock(deps, backend, attempt, inputs));
    const pulled = await deps.runner.group('Pull the state', () => pull(deps, backend, statePath));
    requireFingerprint(backend, inputs.expectFingerprint, pulled);
    await handOver(deps, session, pulled, statePath);
    const { address } = backend;
    return { address, lockId: session.lock?.id, waitedMs: times?.waitedMs, fingerprint: pulled.fingerprint };
  } catch (error) {
    throw await withdraw(deps, backend, attempt, error);
  } finally {
    backend.aws.destroy();
  }
}

/** The inputs, and what of them only the disk can judge: every problem in one error, before any call. */
async function readInputs(deps: Dependencies, job: Job): Promise<HoldInputs> {
  const { profile, credentialsFile } = readProfileInputs(deps.env);
  const region = await profileRegion(deps.env, profile, credentialsFile);
  const { inputs, problems } = readHoldInputs(deps.env, job, region);
  const directory = inputs.workingDirectory;
  const found = directory === undefined ? [] : await checkWorkingDirectory(directory);
  const onDisk = found.map((cure) => ({ input: 'working_directory', value: directory, cure }));
  if (problems.length + onDisk.length > 0) throw new InputError([...problems, ...onDisk]);
  return inputs;
}

/** Decides what post will need and saves it, before anything is touched outside of this runner. */
async function openSession(deps: Dependencies, job: Job, inputs: HoldInputs): Promise<Session> {
  const { address, dynamodbTable } = inputs.backend;
  const lock = newLock(address, job, deps.clock.now());
  const session: Session = {
    backend: inputs.backend,
    push: inputs.push,
    privateDirectory: await makePrivateDirectory(job),
    workingDirectory: inputs.workingDirectory,
    lock: dynamodbTable === undefined ? undefined : { id: lock.id, info: serializeLockInfo(lock) },
  };
  deps.runner.saveState(STATE_KEYS.session, serializeState(session));
  return session;
}

/**
 * Takes the lock; side by side the credentials are proved where no assumed role proves them anyway. Both have ended
 * when an error of either is thrown, and credentials that are no good end the wait.
 */
async function lock(
  deps: Dependencies,
  backend: Backend,
  attempt: Attempt,
  inputs: HoldInputs,
): Promise<LockTimes | undefined> {
  const { aws } = backend;
  await aws.signIn();
  const proved = inputs.skipCredentialsValidation || inputs.backend.aws.credentials.assumeRole !== undefined;
  const refused = new AbortController();
  const waiting = AbortSignal.any([deps.signal, refused.signal]);
  const [taken] = await Promise.allSettled([
    takeLock({ ...deps, signal: waiting }, backend, attempt, inputs.lockTimeoutMs),
    proved ? undefined : aws.verifyCredentials().catch((error: unknown) => refused.abort(error)),
  ]);
  deps.signal.throwIfAborted();
  refused.signal.throwIfAborted();
  if (taken.status === 'rejected') throw taken.reason;
  return taken.value;
}

async function pull(deps: Dependencies, backend: Backend, statePath: string): Promise<JobState> {
  const pulled = await pullForJob(deps, backend, statePath);
  const where = stateUrl(backend);
  if (pulled.state === undefined) {
    deps.runner.info(`There is no state at ${where} yet.`);
    return pulled;
  }
  const { object, proper } = pulled.state;
  deps.runner.info(
    `Pulled ${where}: serial ${proper.header.serial}, ${object.facts.size} bytes, MD5 ${object.facts.md5}.`,
  );
  return pulled;
}
