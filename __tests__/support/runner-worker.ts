import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { inputVariable } from '../../src/runner/inputs.ts';
import type { Job, RunningStage } from './runner.ts';
import { node24 } from './runner-environment.ts';

const WORKER = `
  const { status } = require('node:child_process').spawnSync(process.execPath, [process.argv[1]], { stdio: 'inherit' });
  console.log('main ended with ' + status);
  setInterval(() => {}, 60_000);
`;
const MAIN = join(import.meta.dirname, '../../dist/main.js');

/** Runs a job's main as the child of a process that can be ended, in the role of the runner's worker. */
export async function startMainBelowWorker(job: Job, inputs: Record<string, string>): Promise<RunningStage> {
  const worker = await job.startStep(node24(), ['-e', WORKER, MAIN], { env: inputVariables(inputs) });
  expect(await worker.waitForLine(/^main ended with/)).toBe('main ended with 0');
  return worker;
}

/** Inputs by their names in action.yml as the runner hands them to a step. */
export function inputVariables(inputs: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [inputVariable(name), value]));
}

/** The entries of the packaged action. */
export const DIST = dirname(MAIN);
