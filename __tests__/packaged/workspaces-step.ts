import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createJob, type StageResult } from '../support/runner.ts';
import { ENV_KEYS, type Testbed } from './support.ts';

const WORKSPACES = join(import.meta.dirname, '../../workspaces');

/** Runs the workspaces action at a testbed, in a job of its own; an empty input takes one of the testbed's own away. */
export async function runWorkspaces(testbed: Testbed, inputs: Record<string, string>): Promise<StageResult> {
  const job = await createJob({ env: ENV_KEYS });
  onTestFinished(() => job.dispose());
  const { fixture, proxy, objectKey } = testbed;
  const { bucket, table, region } = fixture;
  const { url } = proxy;
  const where = { bucket, key: objectKey, region, dynamodb_table: table, use_path_style: 'true' };
  const endpoints = { endpoint: url, dynamodb_endpoint: url, sts_endpoint: url };
  return await job.run('main', { actionDir: WORKSPACES, with: { ...where, ...endpoints, ...inputs } });
}
