import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunnerProcess } from '../support/runner-process.ts';
import {
  type S3BackendSettings,
  s3BackendBlock,
  startTerraform,
  type TerraformResult,
  terraform,
  writeConfig,
} from '../support/terraform.ts';

/** One resource for each word, and an output that names them. */
export const WORDS = `
variable "words" {
  type    = list(string)
  default = ["one"]
}

resource "terraform_data" "word" {
  for_each = toset(var.words)
  input    = each.key
}

output "words" {
  value = join(",", sort(keys(terraform_data.word)))
}
`;

/** An apply that holds the lock while a file `closed` exists in its folder. */
const GATE = `
resource "terraform_data" "gate" {
  provisioner "local-exec" {
    command = "while [ -e closed ]; do sleep 0.05; done"
  }
}
`;

/** A folder with a configuration, in which the real terraform runs. */
export interface RootModule {
  readonly dir: string;
  readonly env: Record<string, string>;
  /** Runs terraform and waits; a failure is a result. */
  tryRun(...args: string[]): Promise<TerraformResult>;
  /** Runs terraform and returns its stdout; throws with its stderr when it fails. */
  run(...args: string[]): Promise<string>;
  /** `terraform apply` with these words. */
  apply(...words: string[]): Promise<string>;
  /** Starts an apply that holds the lock until `open` is called. Its configuration needs no words. */
  hold(): Promise<HoldingApply>;
}

export interface HoldingApply {
  readonly process: RunnerProcess;
  /** Lets it finish and waits for its end. */
  open(): Promise<void>;
}

export interface RootModuleOptions {
  /** `WORDS` when left out. */
  readonly config?: string | undefined;
  /** Settings of the S3 backend; the local backend when left out. */
  readonly settings?: S3BackendSettings | undefined;
  /** For every command but `init`. */
  readonly env?: Record<string, string>;
}

/** Makes a folder with a configuration and initialises it if it has an S3 backend. */
export async function createRootModule(options: RootModuleOptions): Promise<RootModule> {
  const { config = WORDS, settings, env = {} } = options;
  const dir = await mkdtemp(join(tmpdir(), 'root-module-'));
  await writeConfig(dir, { 'main.tf': config });
  if (settings !== undefined) {
    await writeConfig(dir, { 'backend.tf': s3BackendBlock(settings) });
    succeed(await terraform(dir, ['init']));
  }
  const tryRun = (...args: string[]) => terraform(dir, args, env);
  const run = async (...args: string[]) => succeed(await tryRun(...args));
  return {
    dir,
    env,
    tryRun,
    run,
    apply: (...words) => run('apply', '-auto-approve', ...wordsArguments(words)),
    hold: () => holdLock(dir, env),
  };
}

/** `-var` arguments of a command that reads `WORDS`. */
export function wordsArguments(words: readonly string[]): string[] {
  return ['-var', `words=${JSON.stringify(words)}`];
}

/** A job's step on the pulled file: a real apply of `WORDS` with Terraform's local backend. */
export async function applyToFile(path: string | undefined, ...words: string[]): Promise<void> {
  if (path === undefined) throw new Error('the main step gave no state_path');
  const step = await createRootModule({});
  try {
    await step.run('apply', '-auto-approve', `-state=${path}`, ...wordsArguments(words));
  } finally {
    await rm(step.dir, { recursive: true, force: true });
  }
}

async function holdLock(dir: string, env: Record<string, string>): Promise<HoldingApply> {
  const closed = join(dir, 'closed');
  await writeFile(closed, '');
  await writeConfig(dir, { 'main.tf': GATE });
  const process = startTerraform(dir, ['apply', '-auto-approve'], env);
  await process.waitForLine(/Provisioning with/);
  const open = async () => {
    await rm(closed);
    const { exitCode } = await process.end;
    if (exitCode !== 0) throw new Error(process.rawStderr());
  };
  return { process, open };
}

function succeed({ code, stdout, stderr }: TerraformResult): string {
  if (code !== 0) throw new Error(`terraform ended with ${code}: ${stderr || stdout}`);
  return stdout;
}
