import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { expect, vi } from 'vitest';
import type { JobOptions } from '../support/runner.ts';
import { type HeldRequest, holdAt } from './faults.ts';
import { appliedState, stateText } from './states.ts';
import { md5, openTestbed, type Testbed, type TestbedJob, type TestbedOptions } from './support.ts';

export { expectReleased } from './held-job.ts';

/** A job after its main step, whose checkpointer looks every second. */
export interface CheckpointedJob {
  readonly testbed: Testbed;
  readonly job: TestbedJob;
  /** Its process id. */
  readonly checkpointer: number;
}

/** Starts one, on `stateText()`. */
export async function checkpointedJob(
  options: TestbedOptions = {},
  inputs: Record<string, string> = {},
  how: JobOptions = {},
): Promise<CheckpointedJob> {
  const testbed = await openTestbed({ role: true, ...options });
  await testbed.seed(stateText());
  const job = await testbed.job({ ...how, with: { checkpoint_interval: '1s', ...inputs } });
  const main = await job.main();
  if (main.exitCode !== 0) throw new Error(main.log);
  const [checkpointer] = job.orphans();
  if (checkpointer === undefined) throw new Error(`there is no checkpointer:\n${main.log}`);
  return { testbed, job, checkpointer };
}

/** The state that an apply leaves after its `step`th write. */
export function stateAfter(step: number): string {
  const names = Array.from({ length: step + 1 }, (_, i) => `resource-${i}`);
  return appliedState({ serial: 7 + step, resources: names });
}

/** Lets the checkpointer push a state, up to where this request is held. */
export async function checkpointerStuckAt(
  { testbed, job }: CheckpointedJob,
  operation: string,
  when: 'before' | 'after',
): Promise<HeldRequest> {
  const held = holdAt(testbed.proxy, operation, when);
  await job.change(stateAfter(1));
  await held.reached;
  return held;
}

/** Ends a checkpointer as a lost machine does, and waits until it is gone. */
export async function killCheckpointer({ job, checkpointer }: CheckpointedJob): Promise<void> {
  process.kill(checkpointer, 'SIGKILL');
  await until(() => !job.orphans().includes(checkpointer));
}

/** Waits until a state is in S3, and its digest in the table. */
export async function untilPushed(testbed: Testbed, text: string): Promise<void> {
  await until(async () => (await testbed.digest()) === md5(text) && (await testbed.object()) === text);
}

/** Waits for a condition that another process brings about. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitFor(async () => expect(await isSo()).toBe(true), { timeout: 20_000, interval: 50 });
}

/** How often the lock item was renewed. */
export async function readBeats({ clients, fixture, lockId }: Testbed): Promise<number> {
  const command = new GetItemCommand({
    TableName: fixture.table,
    Key: { LockID: { S: lockId } },
    ConsistentRead: true,
  });
  return Number((await clients.dynamodb.send(command)).Item?.Heartbeat?.N);
}

/** All versions of the state object, the oldest first. */
export async function readVersions({ clients, fixture, objectKey }: Testbed): Promise<string[]> {
  const where = { Bucket: fixture.bucket };
  const page = await clients.s3.send(new ListObjectVersionsCommand({ ...where, Prefix: objectKey }));
  const ids = (page.Versions ?? []).filter(({ Key }) => Key === objectKey).map(({ VersionId }) => VersionId);
  const texts = ids.reverse().map(async (VersionId) => {
    const { Body } = await clients.s3.send(new GetObjectCommand({ ...where, Key: objectKey, VersionId }));
    return (await Body?.transformToString()) ?? '';
  });
  return await Promise.all(texts);
}
