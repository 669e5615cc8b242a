import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { terraform } from './terraform.ts';

/** A module's backend as the real terraform reads it. */
export interface MergedBackend {
  /** The arguments that are set, as `.terraform/terraform.tfstate` has them; undefined: init refused them. */
  readonly config: Readonly<Record<string, unknown>> | undefined;
  /** All arguments of this terraform. */
  readonly names: readonly string[];
  readonly stderr: string;
}

/** A folder with files, removed when the test ends. */
export async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'backend-config-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

/** Runs `terraform init` with `-backend-config` for each line and reads the saved backend. */
export async function mergedBackend(folder: string, lines: readonly string[]): Promise<MergedBackend> {
  const args = lines.map((line) => `-backend-config=${line}`);
  const { code, stdout, stderr } = await terraform(folder, ['init', '-input=false', ...args]);
  if (code !== 0) return { config: undefined, names: [], stderr: `${stdout}${stderr}` };
  const saved: unknown = JSON.parse(await readFile(join(folder, '.terraform/terraform.tfstate'), 'utf8'));
  const config = member(member(saved, 'backend'), 'config');
  return { config: setOnly(config), names: Object.keys(Object(config)), stderr };
}

function member(value: unknown, name: string): unknown {
  return Object.entries(Object(value)).find(([key]) => key === name)?.[1];
}

function setOnly(config: unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(Object(config)).filter(([, value]) => value !== null));
}
