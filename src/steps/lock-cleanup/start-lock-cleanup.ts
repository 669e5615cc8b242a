import { assumesRole } from '../../aws/settings.ts';
import { stateLock } from '../../backend/lock/state-lock.ts';
import type { Backend } from '../../backend/settings.ts';
import { mapAtOnce } from '../../backend/survey/map-at-once.ts';
import type { HoldInputs } from '../../inputs/hold-inputs.ts';
import { startCheckpointerProcess } from '../../job-processes/start-checkpointer-process.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import type { GuardedStates, Session } from '../../job-state/saved-state.ts';
import { explain } from '../../messages/explain.ts';
import {
  sharedNameText,
  unwatchedText,
  watchingLines,
  watchingManyLines,
} from '../../messages/lock-cleanup-text.ts';
import { findLockedBelow, listNamed, nameGuarded, PREFIXES_AT_ONCE } from './guarded-states.ts';
import { isSharedName, isThrowaway } from './lock-ownership.ts';
import { giveOwnHostName } from './own-host-name.ts';

/** The number of locks read in parallel. */
const AT_ONCE = 16;

/**
 * The main step of `lock: guard`. It takes and writes nothing. It proves the credentials and reads the lock once, so a
 * wrong role or table fails here and not when it matters. It also ensures that post can recognize this job's locks.
 * Errors: AwsError.
 */
export async function startLockCleanup(
  deps: Pick<Dependencies, 'env' | 'runner' | 'clock' | 'random' | 'machine' | 'processes'>,
  backend: Backend,
  session: Session,
  inputs: HoldInputs,
): Promise<void> {
  const { runner, clock } = deps;
  const { aws } = backend;
  await aws.signIn();
  const proved = inputs.skipCredentialsValidation || assumesRole(inputs.backend.aws.credentials);
  const { guardedStates } = session;
  const [lines] = await Promise.all([
    guardedStates === undefined
      ? lookAtLock(backend, clock.now())
      : lookAtLocks(backend, guardedStates, clock.now()),
    proved ? undefined : aws.verifyCredentials(),
  ]);
  for (const line of lines) runner.info(line);
  await prepareProof(deps, session);
}

async function lookAtLock(backend: Backend, now: number): Promise<string[]> {
  const [first] = (await stateLock(backend)?.read()) ?? [];
  return watchingLines(backend, first?.holder, now);
}

/** Reads each lock that post will read, because the role may lack the permission for any of them. */
async function lookAtLocks(backend: Backend, guarded: GuardedStates, now: number): Promise<string[]> {
  const below = await mapAtOnce(guarded.prefixes, PREFIXES_AT_ONCE, (prefix) =>
    findLockedBelow(backend, prefix, () => true),
  );
  const states = new Map(
    [...listNamed(backend, guarded), ...below.flat()].map((address) => [address.lockPath, address]),
  );
  const held = await mapAtOnce([...states.values()], AT_ONCE, async (address) => {
    const [first] = (await stateLock({ ...backend, address })?.read()) ?? [];
    return first === undefined ? undefined : { lockPath: address.lockPath, holder: first.holder };
  });
  const names = nameGuarded(backend, guarded);
  return watchingManyLines(
    backend,
    names,
    held.filter((one) => one !== undefined),
    now,
  );
}

/** With a host name of our own if we may set one. The watched processes prove the rest, and show their workspaces. */
async function prepareProof(
  deps: Pick<Dependencies, 'env' | 'runner' | 'clock' | 'random' | 'machine' | 'processes'>,
  session: Session,
): Promise<void> {
  const { runner, env, machine, clock } = deps;
  if (isThrowaway(env)) {
    const host = await giveOwnHostName(deps);
    if (isSharedName(host, env)) runner.warning(sharedNameText(host));
  }
  if ((await machine.terraforms()) === undefined) return;
  try {
    await startCheckpointerProcess(deps, { session, times: undefined, pulled: undefined });
  } catch (error) {
    runner.warning(unwatchedText(explain(error, clock.now())));
  }
}
