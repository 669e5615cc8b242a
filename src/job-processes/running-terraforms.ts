import type { StateAddress } from '../backend/address.ts';
import type { Dependencies } from '../job-state/dependencies.ts';
import { maybeRunningLine, othersRunLine } from '../messages/terraform-text.ts';
import type { Environment } from '../runner/inputs.ts';
import type { Machine } from '../runner/machine.ts';
import type { RunningTerraform } from '../runner/running-terraform.ts';
import { pauseWithin } from '../time/pause-within.ts';
import { recordedBackend } from '../workspace-files/backend-pointer.ts';
import { member } from '../workspace-files/override-file.ts';
import { currentWorkspace, findDataDirectory } from '../workspace-files/workspace-selection.ts';

// The time that another job's Terraform may still take, also when it can't be seen whether one runs.
const LONGEST_WAIT_MS = 30_000;
const BLIND_WAIT_MS = 10_000;
const EVERY_MS = 500;

/**
 * How many Terraform processes of other jobs or people run on this machine and may work on the same state. Undefined
 * when that can't be seen.
 */
export async function countOthers(
  machine: Machine,
  env: Environment,
  address: StateAddress,
): Promise<number | undefined> {
  const all = await machine.terraforms();
  if (all === undefined) return undefined;
  const others = all.filter((one) => !isOfJob(one, env.RUNNER_TRACKING_ID));
  const state = { bucket: address.bucket, objectKeys: [address.objectKey] };
  const suspects = await Promise.all(others.map((one) => mayLock(one, state)));
  return suspects.filter(Boolean).length;
}

/** Whether the runner started it for this job. Pure. */
export function isOfJob({ trackingId }: RunningTerraform, jobsId: string | undefined): boolean {
  return trackingId !== undefined && trackingId === jobsId;
}

/** The workspace in which a Terraform works; undefined when that can't be seen. */
export async function findWorkspace({
  workspace,
  directory,
  dataDirectory,
}: RunningTerraform): Promise<string | undefined> {
  if (workspace !== undefined) return workspace;
  if (directory === undefined) return undefined;
  try {
    return await currentWorkspace(findDataDirectory(directory, { TF_DATA_DIR: dataDirectory }));
  } catch {
    return undefined;
  }
}

/** What a wait needs. */
export type Waiter = Pick<Dependencies, 'runner' | 'clock' | 'signal' | 'env' | 'machine'>;

/**
 * Waits, for a limited time, while `isThere` and another job's Terraform runs that may still free the lock itself, or
 * while it can't be seen whether one runs. An interrupt ends the wait. Returns whether it is still there, and how many
 * run.
 */
export async function waitForOthers(
  { runner, clock, signal, env, machine }: Waiter,
  address: StateAddress,
  isThere: () => Promise<boolean>,
): Promise<{ readonly isThere: boolean; readonly others: number | undefined }> {
  const begin = clock.monotonic();
  let wasReported = false;
  for (;;) {
    // The order matters: a Terraform that ends between the two calls has already freed its lock.
    const others = await countOthers(machine, env, address);
    if (!(await isThere())) return { isThere: false, others };
    const longestMs = others === undefined ? BLIND_WAIT_MS : LONGEST_WAIT_MS;
    if (others === 0 || signal.aborted || clock.monotonic() - begin >= longestMs) {
      return { isThere: true, others };
    }
    if (!wasReported)
      runner.info(others === undefined ? maybeRunningLine(longestMs) : othersRunLine(longestMs));
    wasReported = true;
    // After an interrupt, check once more and go on.
    await clock.sleep(pauseWithin(EVERY_MS, begin + longestMs, clock), signal).catch(() => undefined);
  }
}

/** The states in a bucket on which Terraform may work. */
export interface StatesInBucket {
  readonly bucket: string;
  /** Undefined: any. */
  readonly objectKeys: readonly string[] | undefined;
}

/** Whether a Terraform may work on one of these states in S3, according to its record of a backend, if there is one. */
export async function mayLock(
  { directory, dataDirectory }: RunningTerraform,
  { bucket, objectKeys }: StatesInBucket,
): Promise<boolean> {
  if (directory === undefined) return true;
  const backend = await recordedBackend(findDataDirectory(directory, { TF_DATA_DIR: dataDirectory }));
  const type = member(backend, 'type');
  if (typeof type !== 'string') return true;
  if (type !== 's3') return false;
  const config = member(backend, 'config');
  const itsBucket = member(config, 'bucket');
  const itsKey = member(config, 'key');
  // A missing field proves nothing.
  if (typeof itsBucket === 'string' && itsBucket !== bucket) return false;
  if (typeof itsKey !== 'string' || objectKeys === undefined) return true;
  // A workspace's path ends in the key.
  const ending = `/${itsKey.replace(/^\//, '')}`;
  return objectKeys.some((objectKey) => `/${objectKey}`.endsWith(ending));
}
