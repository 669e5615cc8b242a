import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createJob, type JobOptions, type RunningStage, type StageResult } from '../support/runner.ts';
import { ENV_KEYS, type Testbed } from './support.ts';

/** The folder of an action beside the main one. */
export function actionFolder(name: string): string {
  return join(import.meta.dirname, '../..', name);
}

/** The inputs that locate a testbed's state and make its proxy serve all of AWS. */
export function testbedLocation({ fixture, proxy, objectKey }: Testbed): Record<string, string> {
  const { bucket, table, region } = fixture;
  const { url } = proxy;
  const where = { bucket, key: objectKey, region, dynamodb_table: table, use_path_style: 'true' };
  return { ...where, endpoint: url, dynamodb_endpoint: url, sts_endpoint: url };
}

/** Starts an action at a testbed, in a separate job; an empty input removes one of the testbed's. */
export async function startAction(
  name: string,
  testbed: Testbed,
  inputs: Record<string, string>,
  options: JobOptions = {},
): Promise<RunningStage> {
  const job = await createJob({ ...options, env: { ...ENV_KEYS, ...options.env } });
  onTestFinished(() => job.dispose());
  return await job.start('main', {
    actionDir: actionFolder(name),
    with: { ...testbedLocation(testbed), ...inputs },
  });
}

/** Runs it to its end. */
export async function runAction(
  name: string,
  testbed: Testbed,
  inputs: Record<string, string>,
  options?: JobOptions,
): Promise<StageResult> {
  return await (await startAction(name, testbed, inputs, options)).done;
}
