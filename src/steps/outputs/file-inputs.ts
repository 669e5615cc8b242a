import { basename, resolve } from 'node:path';
import type { InputReader } from '../../runner/inputs.ts';
import type { Job } from '../../runner/job.ts';
import { locateInCheckout } from '../../workspace-files/checkout-path.ts';

export type FileFormat = 'json' | 'tfvars' | 'dotenv';

/** The file that outputs are written to. */
export interface FileInputs {
  /** Absolute. */
  readonly path: string;
  readonly format: FileFormat;
  /** The prefix of the names in a dotenv file; empty when it contains only outputs that `select` names. */
  readonly prefix: string;
}

/**
 * Reads `outputs_file`. Problems go to the reader. `canName`: whether the workflow decides the names of the variables
 * in a dotenv file, with a prefix or one by one.
 */
export function readFileInputs(
  reader: InputReader,
  job: Job,
  prefix: string | undefined,
  canName: boolean,
): FileInputs | undefined {
  const given = reader.text('outputs_file');
  if (given === undefined) return undefined;
  const path = resolve(job.workspace, given);
  const format = findFormat(path);
  if (format === undefined || given.endsWith('/')) {
    reader.reject('outputs_file', given, 'end it in .json, .tfvars.json or .env, which sets its format');
    return undefined;
  }
  if (!isWritable(job, path)) {
    const fix = `name a file in the checkout or in RUNNER_TEMP (\${{ runner.temp }}/${basename(path)}), and without a link that leads out of it`;
    reader.reject('outputs_file', given, fix);
  }
  if (format === 'dotenv' && !canName) {
    const fix = 'give env_prefix, such as TF_VAR_, or name the outputs in select, without * and ?';
    reader.reject('outputs_file', given, `whoever can write the state chooses the names in it: ${fix}`);
  }
  return { path, format, prefix: prefix ?? '' };
}

function findFormat(path: string): FileFormat | undefined {
  const name = basename(path).toLowerCase();
  if (name.endsWith('.tfvars.json')) return 'tfvars';
  if (name.endsWith('.json')) return 'json';
  return name.endsWith('.env') ? 'dotenv' : undefined;
}

/** The only folders of this machine that belong to the job. */
export function listRoots({ workspace, temp }: Job): string[] {
  return temp === '' ? [workspace] : [workspace, temp];
}

function isWritable(job: Job, path: string): boolean {
  return listRoots(job).some((root) => locateInCheckout(root, path).kind === 'inside');
}
