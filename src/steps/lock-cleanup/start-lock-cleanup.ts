import { assumesRole } from '../../aws/settings.ts';
import { stateLock } from '../../backend/lock/state-lock.ts';
import type { Backend } from '../../backend/settings.ts';
import type { HoldInputs } from '../../inputs/hold-inputs.ts';
import { startCheckpointerProcess } from '../../job-processes/start-checkpointer-process.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import type { Session } from '../../job-state/saved-state.ts';
import { explain } from '../../messages/explain.ts';
import { sharedNameText, unwatchedText, watchingLines } from '../../messages/lock-cleanup-text.ts';
import { isSharedName, isThrowaway } from './lock-ownership.ts';
import { giveOwnHostName } from './own-host-name.ts';

/**
 * The main step of `lock: guard`: takes nothing and writes nothing. It proves the credentials and reads the lock once, so
 * that a wrong role or table fails here and not when it counts, and sees to it that post can tell this job's locks from
 * others. Errors: AwsError.
 */
export async function startLockCleanup(
  deps: Dependencies,
  backend: Backend,
  session: Session,
  inputs: HoldInputs,
): Promise<void> {
  const { runner, clock } = deps;
  const { aws } = backend;
  await aws.signIn();
  const proved = inputs.skipCredentialsValidation || assumesRole(inputs.backend.aws.credentials);
  const [found] = await Promise.all([
    stateLock(backend)?.read(),
    proved ? undefined : aws.verifyCredentials(),
  ]);
  const [first] = found ?? [];
  for (const line of watchingLines(backend, first?.holder, clock.now())) runner.info(line);
  await prepareProof(deps, session);
}

/** By a host name of our own where we may set one, else by watching the job's Terraforms. */
async function prepareProof(deps: Dependencies, session: Session): Promise<void> {
  const { runner, env, machine, clock } = deps;
  if (isThrowaway(env)) {
    const host = await giveOwnHostName(deps);
    if (isSharedName(host, env)) runner.warning(sharedNameText(host));
    return;
  }
  if ((await machine.terraforms()) === undefined) return;
  try {
    await startCheckpointerProcess(deps, { session, times: undefined, pulled: undefined });
  } catch (error) {
    runner.warning(unwatchedText(explain(error, clock.now())));
  }
}
