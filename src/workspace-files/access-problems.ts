import { constants } from 'node:fs';
import { access, lstat } from 'node:fs/promises';
import { pointerPath } from './backend-pointer.ts';
import { locateInCheckout } from './checkout-path.ts';
import { entryAt, isDirectory } from './disk.ts';
import { selectionPath } from './workspace-selection.ts';

/** A module, and the job's folders. */
export interface Module {
  /** Absolute: the folder of the root module. */
  readonly directory: string;
  /** Absolute: where Terraform keeps its data about the module. */
  readonly dataDirectory: string;
  /** Absolute: the checkout's folder. */
  readonly workspaceRoot: string;
}

/** Why this job's user can't work in a module. Each entry names a path, its owner and the fix. Changes nothing. */
export async function accessProblems(module: Module): Promise<string[]> {
  const { directory, dataDirectory } = module;
  const kind = (await entryAt(dataDirectory)).kind;
  if (kind !== 'missing' && !(await isDirectory(dataDirectory))) {
    return [`${dataDirectory} is in the way: Terraform needs a directory of that name; rename or remove it`];
  }
  const problems = [
    escapeProblem(module),
    await denied(directory, constants.R_OK | constants.W_OK | constants.X_OK),
  ];
  if (kind !== 'missing') {
    problems.push(await denied(dataDirectory, constants.R_OK | constants.W_OK | constants.X_OK));
    problems.push(await fileProblem(selectionPath(dataDirectory)));
    problems.push(await fileProblem(pointerPath(dataDirectory)));
  }
  return problems.filter((problem) => problem !== undefined);
}

/**
 * Otherwise, whoever wrote the checkout could decide where we write and what we read. A path that leaves the checkout
 * without a link is the workflow's own choice.
 */
export function escapeProblem({ workspaceRoot, directory, dataDirectory }: Module): string | undefined {
  for (const path of [directory, dataDirectory]) {
    const found = locateInCheckout(workspaceRoot, path);
    if (found.kind !== 'leads out') continue;
    return `a link in ${path} leads out of the checkout, to ${found.to}: name that folder itself, or remove the link`;
  }
  return undefined;
}

async function fileProblem(path: string): Promise<string | undefined> {
  const { kind } = await entryAt(path).catch(() => ({ kind: 'missing' }));
  if (kind === 'missing') return undefined;
  if (kind !== 'file') return `${path} is not a regular file: Terraform keeps a record there; remove it`;
  return await denied(path, constants.R_OK);
}

async function denied(path: string, mode: number): Promise<string | undefined> {
  try {
    await access(path, mode);
    return undefined;
  } catch {
    return await describeDenied(path);
  }
}

/** Says that this job's user lacks the rights for a path, who owns it, and the fix. */
export async function describeDenied(path: string): Promise<string> {
  const owner = await describeOwner(path);
  const verb = (await isDirectory(path)) ? 'read and write in' : 'read';
  return `this job's user can't ${verb} ${path}, which belongs to ${owner}, as after a docker step: run sudo chown -R "$(id -u)" ${path} in a step before this one`;
}

async function describeOwner(path: string): Promise<string> {
  try {
    const { uid } = await lstat(path);
    return uid === 0 ? 'root' : `the user with id ${uid}`;
  } catch {
    return 'somebody else';
  }
}
