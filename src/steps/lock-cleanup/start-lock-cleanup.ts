import { assumesRole } from '../../aws/settings.ts';
import { stateLock } from '../../backend/lock/state-lock.ts';
import type { Backend } from '../../backend/settings.ts';
import type { HoldInputs } from '../../inputs/hold-inputs.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { nameHolder, namePlaces } from '../../messages/lock-text.ts';
import { isSharedName } from './lock-ownership.ts';

/**
 * The main step of `lock: guard`: takes nothing and writes nothing. It proves the credentials and reads the lock once, so
 * that a wrong role or table fails here and not when it counts. Errors: AwsError.
 */
export async function startLockCleanup(
  deps: Dependencies,
  backend: Backend,
  inputs: HoldInputs,
): Promise<void> {
  const { runner, machine, env, clock } = deps;
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
    `When this job ends, a lock of ${address.lockPath} that its Terraform leaves in ${namePlaces(backend)} is freed.`,
  );
  if (isSharedName(machine.host, env)) runner.warning(sharedName(machine.host));
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
