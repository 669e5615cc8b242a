import { onTestFinished } from 'vitest';
import { createJob, type Job, type JobOptions, type StageResult } from '../support/runner.ts';
import { assertKept, noteSecret } from './outputs-secrets.ts';
import { actionFolder, testbedLocation } from './run-action.ts';
import { ENV_KEYS, type Testbed } from './support.ts';

/** Folder of the action. */
export const OUTPUTS = actionFolder('outputs');

export interface OutputsJobOptions extends JobOptions {
  /** Outputs that contain a part of a sensitive value without being marked sensitive. */
  readonly shown?: readonly string[];
}

/** A job that can read outputs. */
export interface OutputsJob extends Job {
  /**
   * Runs the action at a testbed; an empty input removes one of the testbed's. In any case, nothing of any
   * `secret` that this file has made may be visible.
   */
  read(testbed: Testbed, inputs: Record<string, string>): Promise<StageResult>;
}

export async function openOutputsJob(options: OutputsJobOptions = {}): Promise<OutputsJob> {
  const job = await createJob({ ...options, env: { ...ENV_KEYS, ...options.env } });
  onTestFinished(() => job.dispose());
  const read = async (testbed: Testbed, inputs: Record<string, string>) => {
    const result = await job.run('main', {
      actionDir: OUTPUTS,
      with: { ...testbedLocation(testbed), ...inputs },
    });
    assertKept(job, result, inputs.sensitive === 'mask', options.shown ?? []);
    return result;
  };
  return { ...job, read };
}

/** Runs the outputs action in a separate job. */
export async function readOutputs(
  testbed: Testbed,
  inputs: Record<string, string> = {},
  options: OutputsJobOptions = {},
): Promise<StageResult> {
  return await (await openOutputsJob(options)).read(testbed, inputs);
}

/** An output as a state has it. */
export interface WrittenOutput {
  readonly value: unknown;
  readonly type: unknown;
  readonly sensitive?: boolean;
  readonly deprecated?: string;
}

/** A state with these outputs, as Terraform lays it out. */
export function stateWith(outputs: Record<string, WrittenOutput>, serial = 7): string {
  const head = { version: 4, terraform_version: '1.11.4', serial, lineage: 'l-1' };
  return `${JSON.stringify({ ...head, outputs, resources: [], check_results: null }, null, 2)}\n`;
}

export const text = (value: string): WrittenOutput => ({ value, type: 'string' });
/** A sensitive output, which no test of this file may show from now on. */
export function secret(value: unknown, type: unknown = 'string'): WrittenOutput {
  noteSecret(value);
  return { value, type, sensitive: true };
}

/** One of each kind that can be masked. */
export const SENSITIVE = {
  password: secret('hunter2-and-then-some'),
  pem: secret('-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n'),
  nested: secret({ list: ['deep-secret-in-a-list', null], map: { a: 'deep-secret-in-a-map' } }, 'dynamic'),
  unicode: secret('münchen-geheim-密码'),
  quoted: secret('"quoted" <secret> & more'),
};

/** Each has a part that can't be masked. */
export const UNMASKABLE = {
  pin: secret(42, 'number'),
  flag: secret(true, 'bool'),
  short: secret('ab1'),
  mixed: secret(['another-deep-secret', 1], 'dynamic'),
};
