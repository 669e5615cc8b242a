import { assumesRole } from '../../aws/settings.ts';
import { stateLock } from '../../backend/lock/state-lock.ts';
import type { Backend } from '../../backend/settings.ts';
import type { HoldInputs } from '../../inputs/hold-inputs.ts';
import { startCheckpointerProcess } from '../../job-processes/start-checkpointer-process.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import type { Session } from '../../job-state/saved-state.ts';
import { explain } from '../../messages/explain.ts';
import { nameHolder, nameStores } from '../../messages/lock-text.ts';
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
  const { aws, address } = backend;
  await aws.signIn();
  const proved = inputs.skipCredentialsValidation || assumesRole(inputs.backend.aws.credentials);
  const [found] = await Promise.all([
    stateLock(backend)?.read(),
    proved ? undefined : aws.verifyCredentials(),
  ]);
  const [first] = found ?? [];
  if (first !== undefined)
    runner.info(`At the moment it is locked by ${nameHolder(first.holder, backend, clock.now())}.`);
  runner.info(
    `When this job ends, a lock of ${address.lockPath} that its Terraform leaves in ${nameStores(backend)} is freed.`,
  );
  await prepareProof(deps, session);
}

/** By the machine's name where that is ours to give, else by a witness of the job's Terraforms. */
async function prepareProof(deps: Dependencies, session: Session): Promise<void> {
  const { runner, env, machine, clock } = deps;
  if (isThrowaway(env)) {
    const host = await giveOwnHostName(deps);
    if (isSharedName(host, env)) runner.warning(sharedName(host));
    return;
  }
  if ((await machine.terraforms()) === undefined) return;
  try {
    await startCheckpointerProcess(deps, { session, times: undefined, pulled: undefined });
  } catch (error) {
    runner.warning(
      `Nobody watches which Terraforms this job runs, so a lock that one of them leaves may stay. ${explain(error, clock.now())}`,
    );
  }
}

/** What to tell where a lock does not say which of many machines took it. */
export function sharedName(host: string): string {
  return [
    `This machine is called ${host}, like every machine that GitHub makes from the same image. A lock of Terraform's names`,
    'nothing but that, so one that this job leaves is not freed: it might be held by another job. To have it freed, give',
    'the machine a name of its own in a step before this one:',
    '  run: sudo hostname "tf-$GITHUB_RUN_ID-$RANDOM"',
  ].join('\n');
}
