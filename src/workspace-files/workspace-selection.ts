import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DEFAULT_WORKSPACE } from '../backend/address.ts';
import type { Environment } from '../runner/inputs.ts';
import { hasCode } from './disk.ts';

/** Where Terraform keeps its data about a working directory. Absolute. */
export function findDataDirectory(workingDirectory: string, env: Environment): string {
  return resolve(workingDirectory, env.TF_DATA_DIR || '.terraform');
}

/** Terraform's record of the selected workspace. */
export function selectionPath(dataDirectory: string): string {
  return join(dataDirectory, 'environment');
}

/**
 * The workspace selected in a module; undefined when none is selected, which means the default one. Throws when the
 * disk fails.
 */
export async function selectedWorkspace(dataDirectory: string): Promise<string | undefined> {
  const text = readWithoutLinks(selectionPath(dataDirectory));
  return text?.trim() || undefined;
}

/** The workspace in which Terraform works there, unless its environment says otherwise. Throws when the disk fails. */
export async function currentWorkspace(dataDirectory: string): Promise<string> {
  return (await selectedWorkspace(dataDirectory)) ?? DEFAULT_WORKSPACE;
}

/** Selects a workspace or, when undefined, none. Throws when the disk fails. */
export async function selectWorkspace(dataDirectory: string, workspace: string | undefined): Promise<void> {
  const path = selectionPath(dataDirectory);
  await rm(path, { force: true });
  if (workspace === undefined) return;
  await mkdir(dataDirectory, { recursive: true });
  await writeWithoutLinks(path, workspace);
}

/** Whether the workspace is already selected. */
export function isSelected(selected: string | undefined, workspace: string): boolean {
  return (selected ?? DEFAULT_WORKSPACE) === workspace;
}

/**
 * Reads a small record without following links; undefined when a link is in its place. Synchronous, because post does
 * it a dozen times, and each of its four calls would take a turn of Node's thread pool.
 */
export function readWithoutLinks(path: string): string | undefined {
  try {
    // Without O_NONBLOCK, a pipe in its place would hold up the whole program.
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      return fstatSync(file).isFile() ? readFileSync(file, 'utf8') : undefined;
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'EISDIR'].some((code) => hasCode(error, code))) return undefined;
    throw error;
  }
}

/** Writes a file that must not exist yet. */
export async function writeWithoutLinks(path: string, text: string, mode = 0o644): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const file = await open(path, flags, mode);
  try {
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}
