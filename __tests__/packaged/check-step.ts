import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createJob, type JobOptions, type StageResult } from '../support/runner.ts';
import { ENV_KEYS, type Testbed } from './support.ts';

/** Folder of the action. */
export const CHECK = join(import.meta.dirname, '../../check');

/** Runs the check action at a testbed, in a job of its own; an empty input takes one of the testbed's own away. */
export async function runCheck(
  testbed: Testbed,
  inputs: Record<string, string> = {},
  options: JobOptions = {},
): Promise<StageResult> {
  const job = await createJob({ ...options, env: { ...ENV_KEYS, ...options.env } });
  onTestFinished(() => job.dispose());
  const { fixture, proxy, objectKey } = testbed;
  const { bucket, table, region } = fixture;
  const { url } = proxy;
  const where = { bucket, key: objectKey, region, dynamodb_table: table, use_path_style: 'true' };
  const endpoints = { endpoint: url, dynamodb_endpoint: url, sts_endpoint: url };
  return await job.run('main', { actionDir: CHECK, with: { ...where, ...endpoints, ...inputs } });
}

/** The fingerprint of the state of a testbed, as a job that plans on it has it. */
export async function planOn(testbed: Testbed): Promise<string> {
  const job = await testbed.job({ with: { lock: 'none' } });
  const { fingerprint = '' } = (await job.main()).outputs;
  await job.post();
  return fingerprint;
}
