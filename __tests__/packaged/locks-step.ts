import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { FakeGitHub } from '../support/github-api.ts';
import { createJob, type StageResult } from '../support/runner.ts';
import { ENV_KEYS, type Testbed } from './support.ts';
import { SERVER } from './unlock-step.ts';

const LOCKS = join(import.meta.dirname, '../../locks');

/** Runs the locks action on a testbed's bucket and table, in a job of its own; an empty input takes one of the testbed's own away. */
export async function runLocks(
  testbed: Testbed,
  inputs: Record<string, string>,
  github: Pick<FakeGitHub, 'url'>,
): Promise<StageResult> {
  const job = await createJob({ env: ENV_KEYS, github: { server_url: SERVER, api_url: github.url } });
  onTestFinished(() => job.dispose());
  const { fixture, proxy } = testbed;
  const { bucket, table, region } = fixture;
  const { url } = proxy;
  const where = { bucket, region, dynamodb_table: table, use_path_style: 'true' };
  const endpoints = { endpoint: url, dynamodb_endpoint: url, sts_endpoint: url };
  return await job.run('main', { actionDir: LOCKS, with: { ...where, ...endpoints, ...inputs } });
}
