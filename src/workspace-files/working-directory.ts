import { lstat, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseJson } from '../statefile/json-text.ts';
import { toMessage } from '../text/error-message.ts';
import { accessProblems, type Module } from './access-problems.ts';
import { keepPointer, restorePointer } from './backend-pointer.ts';
import { isDirectory, isMissing } from './disk.ts';
import type { FileWarning } from './file-warning.ts';
import {
  checkPath,
  hasSameEffect,
  member,
  type Override,
  overrideFiles,
  overrideOwner,
  overridePath,
  removeOverride,
  writeOverride,
} from './override-file.ts';
import { makeBackupFolder, removeStateBackups } from './state-backups.ts';
import { WorkspaceError } from './workspace-error.ts';
import { isSelected, selectedWorkspace, selectWorkspace } from './workspace-selection.ts';

/** How a working directory points at the pulled state, and what it was like before. */
export interface Preparation extends Override {
  readonly workingDirectory: string;
  /** Absolute: where Terraform keeps its data about the module. */
  readonly dataDirectory: string;
  /** When main began, in ms since the epoch. */
  readonly startedAt: number;
}

/**
 * Why the directory can't be used. Each entry names a path and the fix. Changes nothing. Leftovers of a crash are no
 * problem, but a directory in use is one.
 */
export async function checkWorkingDirectory(module: Module): Promise<string[]> {
  const { directory } = module;
  if (!(await isDirectory(directory))) {
    return [`${directory} is not a directory: check out the repository first, or correct the path`];
  }
  const problems = await accessProblems(module);
  const override = await overrideProblem(directory);
  return override === undefined ? problems : [override, ...problems];
}

/**
 * Makes Terraform in the directory use the pulled state: an override file with a local backend whose paths point at the
 * state directory, a file that makes Terraform fail without that directory, and the held workspace as the selected one.
 *
 * Throws when the directory is in use, and when the disk fails.
 */
export async function prepareWorkingDirectory(preparation: Preparation): Promise<void> {
  const { workingDirectory, dataDirectory, privateDirectory, workspace } = preparation;
  const problem = await overrideProblem(workingDirectory);
  if (problem !== undefined) throw new WorkspaceError({ kind: 'working_directory', fix: problem });
  await keepPointer(dataDirectory, keptPointer(privateDirectory));
  await removeOverride(workingDirectory);
  await writeOverride(workingDirectory, preparation);
  await makeBackupFolder(workingDirectory, workspace);
  if (isSelected(await selectedWorkspace(dataDirectory), workspace)) return;
  await selectWorkspace(dataDirectory, workspace);
}

/** What happened to the files that `prepareWorkingDirectory` wrote, by path. */
export interface OverrideFindings {
  readonly gone: readonly string[];
  /** Their content has changed, and with it their effect. */
  readonly changed: readonly string[];
}

/** Checks whether the job's Terraform used the pulled state until the end. Throws when the disk fails. */
export async function inspectOverride(preparation: Preparation): Promise<OverrideFindings> {
  const gone: string[] = [];
  const changed: string[] = [];
  for (const { path, text } of overrideFiles(preparation.workingDirectory, preparation)) {
    const found = await textAt(path);
    if (found === undefined) gone.push(path);
    else if (!hasSameEffect(found, text)) changed.push(path);
  }
  return { gone, changed };
}

/**
 * Reverts what `prepareWorkingDirectory` did, as far as it is still there and still ours. Safe to run twice.
 *
 * Throws nothing: what can't be restored is a warning.
 */
export async function restoreWorkingDirectory(preparation: Preparation): Promise<FileWarning[]> {
  const steps = [restoreOverride, restoreCheck, restoreSelection, restoreBackendPointer, removeBackups];
  const warnings = await Promise.all(
    steps.map(async (step): Promise<FileWarning | undefined> => {
      try {
        return await step(preparation);
      } catch (error) {
        const why = toMessage(error);
        return { kind: 'not_restored', path: preparation.workingDirectory, why };
      }
    }),
  );
  return warnings.filter((warning) => warning !== undefined);
}

/** The workspace selected before a killed job selected its own, or else the one selected now. */
export async function selectedBeforeUs(
  workingDirectory: string,
  dataDirectory: string,
): Promise<string | undefined> {
  const selected = await selectedWorkspace(dataDirectory);
  const owner = await overrideOwner(workingDirectory);
  if (owner.kind !== 'ours' || owner.workspace === undefined) return selected;
  if (await isDirectory(owner.privateDirectory)) return selected;
  return isSelected(selected, owner.workspace) ? owner.selectedBefore : selected;
}

async function overrideProblem(directory: string): Promise<string | undefined> {
  const path = overridePath(directory);
  const owner = await overrideOwner(directory);
  if (owner.kind === 'foreign') return inTheWay(path);
  if (owner.kind === 'ours' && (await isDirectory(owner.privateDirectory))) return held(directory);
  const check = await textOrOdd(checkPath(directory));
  return check !== undefined && !isCheck(check) ? inTheWay(checkPath(directory)) : undefined;
}

function inTheWay(path: string): string {
  return `${path} is in the way: this action needs that name for its own file; rename or remove it`;
}

function held(directory: string): string {
  return `${directory} is in use by another step of this action, whose lock is still held: give each its own directory, or, if that step belongs to a job that was killed, remove ${overridePath(directory)}`;
}

function keptPointer(privateDirectory: string): string {
  return join(privateDirectory, 'backend-before.json');
}

async function restoreOverride({
  workingDirectory,
  privateDirectory,
}: Preparation): Promise<FileWarning | undefined> {
  const owner = await overrideOwner(workingDirectory);
  if (owner.kind === 'nobody') return undefined;
  if (owner.kind === 'ours' && (await isEnded(owner.privateDirectory, privateDirectory))) {
    await rm(overridePath(workingDirectory), { force: true });
    return undefined;
  }
  return { kind: 'not_ours', path: overridePath(workingDirectory) };
}

async function restoreCheck({ workingDirectory, privateDirectory }: Preparation): Promise<undefined> {
  const owner = await overrideOwner(workingDirectory);
  if (owner.kind === 'ours' && !(await isEnded(owner.privateDirectory, privateDirectory))) return undefined;
  const path = checkPath(workingDirectory);
  const text = await textAt(path);
  if (text !== undefined && isCheck(text)) await rm(path, { force: true });
  return undefined;
}

/** A selection that a step made during the job stays. */
async function restoreSelection(preparation: Preparation): Promise<undefined> {
  const { dataDirectory, workspace, selectedBefore } = preparation;
  const selected = await selectedWorkspace(dataDirectory);
  if (selected === selectedBefore || selected !== workspace) return;
  await selectWorkspace(dataDirectory, selectedBefore);
}

async function restoreBackendPointer({ dataDirectory, privateDirectory }: Preparation): Promise<undefined> {
  await restorePointer(dataDirectory, keptPointer(privateDirectory));
}

async function removeBackups({ workingDirectory, workspace, startedAt }: Preparation): Promise<undefined> {
  await removeStateBackups(workingDirectory, workspace, startedAt);
}

/** Ours, or left by a crash. */
async function isEnded(owner: string, privateDirectory: string): Promise<boolean> {
  return owner === privateDirectory || !(await isDirectory(owner));
}

function isCheck(text: string): boolean {
  return member(member(parseJson(text), 'variable'), 'terraform_s3_state') !== undefined;
}

async function textAt(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Anything that is not a regular file has a text that matches nothing. */
async function textOrOdd(path: string): Promise<string | undefined> {
  try {
    return (await lstat(path)).isFile() ? await textAt(path) : '';
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
