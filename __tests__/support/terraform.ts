import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DUMMY_KEYS, REGION } from './aws.ts';
import { type RunnerProcess, startProcess } from './runner-process.ts';
import { findOnPath } from './tools.ts';

const CACHE = join(import.meta.dirname, '../../.cache');

/** The output of a finished terraform. */
export interface TerraformResult {
  /** 128 + signal number when a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Settings of a `backend "s3"` block; `extra` adds lines or replaces ours, values as written in HCL. */
export interface S3BackendSettings {
  /** Address of moto or of a proxy, used for S3, DynamoDB, STS and IAM. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly key: string;
  /** The lock table; no lock when left out. */
  readonly table?: string | undefined;
  readonly region?: string;
  readonly extra?: Record<string, string>;
}

/** Runs the real terraform in a folder and waits; a failing command is a result, not an exception. */
export async function terraform(
  dir: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<TerraformResult> {
  const process = startTerraform(dir, args, env);
  const { exitCode } = await process.end;
  return { code: exitCode, stdout: process.rawStdout(), stderr: process.rawStderr() };
}

/** Starts the real terraform, for tests that signal or observe it while it runs. */
export function startTerraform(
  dir: string,
  args: readonly string[],
  env: Record<string, string> = {},
): RunnerProcess {
  const program = findOnPath('terraform');
  if (program === undefined) throw new Error('terraform is not on PATH');
  return startProcess(program, args, { cwd: dir, env: { ...terraformEnv(), ...env }, onLine: () => {} });
}

/**
 * Environment in which terraform asks nobody anything: an empty CLI configuration, no version check, no
 * prompts, no colours, nothing of the developer's but PATH.
 */
export function terraformEnv(): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOME: tmpdir(),
    TF_CLI_CONFIG_FILE: emptyCliConfig(),
    // A terraform that runs for a tenth of a second spends a quarter of it on collecting garbage.
    GOGC: '400',
    TF_IN_AUTOMATION: '1',
    TF_INPUT: '0',
    CHECKPOINT_DISABLE: '1',
    TF_CLI_ARGS: '-no-color',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** Writes configuration files into a folder, which is created if missing. */
export async function writeConfig(dir: string, files: Record<string, string>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), content);
  }
}

/** A `terraform { backend "s3" }` block that talks to moto or a proxy with dummy keys. */
export function s3BackendBlock(settings: S3BackendSettings): string {
  const { endpoint, bucket, key, table, region = REGION, extra = {} } = settings;
  const quoted = JSON.stringify(endpoint);
  const skips = [
    'credentials_validation',
    'metadata_api_check',
    'region_validation',
    'requesting_account_id',
  ];
  const lines: Record<string, string> = {
    bucket: JSON.stringify(bucket),
    key: JSON.stringify(key),
    region: JSON.stringify(region),
    ...(table === undefined ? {} : { dynamodb_table: JSON.stringify(table) }),
    access_key: JSON.stringify(DUMMY_KEYS.accessKeyId),
    secret_key: JSON.stringify(DUMMY_KEYS.secretAccessKey),
    use_path_style: 'true',
    ...Object.fromEntries(skips.map((name) => [`skip_${name}`, 'true'])),
    endpoints: `{ s3 = ${quoted}, dynamodb = ${quoted}, sts = ${quoted}, iam = ${quoted} }`,
    ...extra,
  };
  const body = Object.entries(lines).map(([name, value]) => `    ${name} = ${value}`);
  return ['terraform {', '  backend "s3" {', ...body, '  }', '}', ''].join('\n');
}

/** One file for all runs, below the project's ignored cache folder. */
function emptyCliConfig(): string {
  mkdirSync(CACHE, { recursive: true });
  const file = join(CACHE, 'empty.tfrc');
  writeFileSync(file, '');
  return file;
}
