import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from './disk.ts';

/** Sorts behind other override files, so that its backend is the one that counts. */
export const OVERRIDE_FILE = 'zzz_terraform_s3_state_override.tf.json';

/** From the working directory, and the same on every machine: a saved plan carries it to another job. */
export const BACKEND_PATHS = {
  path: '.terraform/s3-state/terraform.tfstate',
  workspace_dir: '.terraform/s3-state/workspaces',
} as const;

const AUTHOR = 'terraform-s3-state';
const NOTE =
  'Written by the terraform-s3-state action: while its step holds the lock, Terraform here works on the pulled state. Its post step removes this file.';

/** Whose the file of our name is. */
export type OverrideOwner =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'ours'; readonly privateDirectory: string };

export function overridePath(workingDirectory: string): string {
  return join(workingDirectory, OVERRIDE_FILE);
}

/** Writes the file; throws when there is one. */
export async function writeOverride(workingDirectory: string, privateDirectory: string): Promise<void> {
  const mark = { author: AUTHOR, note: NOTE, private_directory: privateDirectory };
  const content = { '//': mark, terraform: { backend: { local: BACKEND_PATHS } } };
  const text = `${JSON.stringify(content, null, 2)}\n`;
  await writeFile(overridePath(workingDirectory), text, { flag: 'wx', mode: 0o644 });
}

export async function removeOverride(workingDirectory: string): Promise<void> {
  await rm(overridePath(workingDirectory), { force: true });
}

export async function overrideOwner(workingDirectory: string): Promise<OverrideOwner> {
  try {
    return parseOwner(await readFile(overridePath(workingDirectory), 'utf8'));
  } catch (error) {
    return hasCode(error, 'ENOENT') ? { kind: 'nobody' } : { kind: 'foreign' };
  }
}

function parseOwner(text: string): OverrideOwner {
  const mark = member(parseJson(text), '//');
  const privateDirectory = member(mark, 'private_directory');
  if (member(mark, 'author') !== AUTHOR || typeof privateDirectory !== 'string') return { kind: 'foreign' };
  return { kind: 'ours', privateDirectory };
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}
