import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createJob, type Job, type JobOptions, type StageResult } from '../support/runner.ts';
import { ENV_KEYS, type Place } from './support.ts';

/** Folder of the action. */
export const OUTPUTS = join(import.meta.dirname, '../../outputs');

/** A job that can read outputs. */
export interface OutputsJob extends Job {
  /** Runs the action at a place; an empty input takes one of the place's own away. */
  read(place: Place, inputs: Record<string, string>): Promise<StageResult>;
}

export async function openOutputsJob(options: JobOptions = {}): Promise<OutputsJob> {
  const job = await createJob({ ...options, env: { ...ENV_KEYS, ...options.env } });
  onTestFinished(() => job.dispose());
  const read = (place: Place, inputs: Record<string, string>) =>
    job.run('main', { actionDir: OUTPUTS, with: { ...inputsOf(place), ...inputs } });
  return { ...job, read };
}

/** Runs the outputs action in a job of its own. */
export async function readOutputs(
  place: Place,
  inputs: Record<string, string> = {},
  options: JobOptions = {},
): Promise<StageResult> {
  return await (await openOutputsJob(options)).read(place, inputs);
}

function inputsOf({ fixture, proxy }: Place): Record<string, string> {
  const { bucket, table, region } = fixture;
  const { url } = proxy;
  const where = { bucket, key: 'network/app.tfstate', region, dynamodb_table: table };
  return { ...where, endpoint: url, use_path_style: 'true', dynamodb_endpoint: url, sts_endpoint: url };
}

/** An output as a state has it. */
export interface WrittenOutput {
  readonly value: unknown;
  readonly type: unknown;
  readonly sensitive?: boolean;
}

/** A state with these outputs, as Terraform lays it out. */
export function stateWith(outputs: Record<string, WrittenOutput>, serial = 7): string {
  const head = { version: 4, terraform_version: '1.11.4', serial, lineage: 'l-1' };
  return `${JSON.stringify({ ...head, outputs, resources: [], check_results: null }, null, 2)}\n`;
}

export const text = (value: string): WrittenOutput => ({ value, type: 'string' });
export const secret = (value: unknown, type: unknown = 'string'): WrittenOutput => ({
  ...{ value, type },
  sensitive: true,
});
