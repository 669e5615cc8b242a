import { resolve } from 'node:path';
import type { StateAddress } from '../backend/address.ts';
import type { Environment } from '../runner/inputs.ts';
import type { Machine, RunningTerraform } from '../runner/machine.ts';
import { recordedBackend } from '../workspace-files/backend-pointer.ts';
import { member } from '../workspace-files/override-file.ts';
import type { Dependencies } from './dependencies.ts';

/** The Terraforms that run on this machine, as far as one job and its state are concerned. */
export interface Running {
  /** This job's own. */
  readonly own: number;
  /** Of other jobs or people, and on the same state for all that can be seen. */
  readonly others: number;
}

// What a Terraform that was asked to stop may still take; and where nobody can see whether one runs.
const LONGEST_WAIT_MS = 30_000;
const BLIND_WAIT_MS = 10_000;
const EVERY_MS = 500;

/** Undefined where it can't be seen. */
export async function runningTerraforms(
  machine: Machine,
  env: Environment,
  address: StateAddress,
): Promise<Running | undefined> {
  const all = await machine.terraforms();
  if (all === undefined) return undefined;
  const isOwn = ({ trackingId }: RunningTerraform): boolean =>
    trackingId !== undefined && trackingId === env.RUNNER_TRACKING_ID;
  const others = all.filter((one) => !isOwn(one));
  const suspects = await Promise.all(others.map((one) => mayLock(one, address)));
  return { own: all.length - others.length, others: suspects.filter(Boolean).length };
}

/** What a wait needs of the world. */
export type Waiter = Pick<Dependencies, 'runner' | 'clock' | 'signal' | 'env' | 'machine'>;

/**
 * Waits, for a bounded time, while `isThere` and a Terraform of this job runs that may still take it away by itself, or,
 * with `andOthers`, one of another job. An interrupt ends the wait. Returns whether it is still there, and who runs.
 */
export async function waitForTerraforms(
  { runner, clock, signal, env, machine }: Waiter,
  address: StateAddress,
  isThere: () => Promise<boolean>,
  andOthers: boolean,
): Promise<{ readonly isThere: boolean; readonly running: Running | undefined }> {
  const begin = clock.monotonic();
  let wasReported = false;
  for (;;) {
    // In this order: a Terraform that ends between the two has taken its lock away before.
    const running = await runningTerraforms(machine, env, address);
    if (!(await isThere())) return { isThere: false, running };
    const isQuiet = running !== undefined && running.own + (andOthers ? running.others : 0) === 0;
    const isLate =
      clock.monotonic() - begin >= (running === undefined ? BLIND_WAIT_MS : LONGEST_WAIT_MS) ||
      signal.aborted;
    if (isQuiet || isLate) return { isThere: true, running };
    if (!wasReported) runner.info(waiting(running, andOthers));
    wasReported = true;
    // Whoever is interrupted looks once more, and goes on.
    await clock.sleep(EVERY_MS, signal).catch(() => undefined);
  }
}

function waiting(running: Running | undefined, andOthers: boolean): string {
  if (running === undefined)
    return `Waiting ${BLIND_WAIT_MS / 1000} s for a Terraform that may still be running.`;
  const what =
    running.own > 0 || !andOthers
      ? 'A Terraform of this job is still running'
      : 'A Terraform is running that may be of another job';
  return `${what}: waiting for it, ${LONGEST_WAIT_MS / 1000} s at most.`;
}

/** Whether a Terraform may be at work on a state in S3: its record of a backend tells, if there is one. */
async function mayLock(
  { directory, dataDirectory }: RunningTerraform,
  { bucket, objectKey }: StateAddress,
): Promise<boolean> {
  if (directory === undefined) return true;
  const backend = await recordedBackend(resolve(directory, dataDirectory ?? '.terraform'));
  const type = member(backend, 'type');
  if (typeof type !== 'string') return true;
  if (type !== 's3') return false;
  const config = member(backend, 'config');
  const itsBucket = member(config, 'bucket');
  const itsKey = member(config, 'key');
  // A workspace's path ends in the key; a field that is not there proves nothing.
  const isOther =
    (typeof itsBucket === 'string' && itsBucket !== bucket) ||
    (typeof itsKey === 'string' && !`/${objectKey}`.endsWith(`/${itsKey.replace(/^\//, '')}`));
  return !isOther;
}
