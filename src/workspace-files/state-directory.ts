import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { DEFAULT_WORKSPACE } from '../backend/address.ts';
import type { BackendSettings } from '../backend/settings.ts';

/*
 * The rules for all paths by which the job's Terraform finds the pulled state. A saved plan carries them to another job,
 * another machine and another RUNNER_TEMP, so they depend on the state alone.
 */

const STATE_FILE = 'terraform.tfstate';
/** Terraform opens the state by way of this folder. Where it is missing, as in a container, opening fails. */
const GATE = 'this-folder-is-only-where-the-job-holds-the-state';
const MARKER = 'held';

/** Longer names than this make an error hard to read, and a path component must stay below 255 bytes. */
const LONGEST_SHOWN_NAME = 100;

/** The paths of Terraform's local backend, as HCL and JSON take them. */
export interface BackendPaths {
  readonly path: string;
  readonly workspace_dir: string;
}

/**
 * The directory that all jobs of a machine share for one state. It lies directly in a directory that nobody but root owns:
 * in one of another user's, that user could put a directory of theirs in its place.
 */
export function stateDirectoryFor({ address, aws }: Pick<BackendSettings, 'address' | 'aws'>): string {
  const { bucket, objectKey, workspace } = address;
  const name = [aws.endpoints.s3 ?? '', bucket, objectKey, workspace].join('\n');
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 20);
  return join(sharedParent(), `${STATE_DIRECTORY_PREFIX}${hash}`);
}

/** What the name of each such directory begins with. */
export const STATE_DIRECTORY_PREFIX = 'terraform-s3-state-';

/** Not the environment's TMPDIR, which differs from job to job. */
function sharedParent(): string {
  return process.platform === 'win32' ? 'C:\\ProgramData' : '/tmp';
}

/** Where the pulled state of a workspace lies. */
export function statePathFor(stateDirectory: string, workspace: string): string {
  if (workspace === DEFAULT_WORKSPACE) return join(stateDirectory, STATE_FILE);
  return join(workspacesPath(stateDirectory, workspace), workspace, STATE_FILE);
}

/** The folder of the held named workspace. Its name is in the error where another one can't be made beside it. */
export function workspacesPath(stateDirectory: string, held: string): string {
  return join(stateDirectory, `only-${held.slice(0, LONGEST_SHOWN_NAME)}-is-held`);
}

/** Where a job's pull goes, before it is the state that Terraform finds: by a name of the job, in the directory that is its own. */
export function pulledPath(stateDirectory: string, privateDirectory: string): string {
  return join(stateDirectory, `pulled-${basename(privateDirectory)}`);
}

/**
 * The held workspace gets its path, every other one a path that can't be opened and whose name says why. Terraform
 * makes missing folders of a path, but only after it has cleaned it: so `GATE/..` must really be there.
 */
export function backendPaths(stateDirectory: string, held: string): BackendPaths {
  const blocked = join(stateDirectory, blockerName(held));
  if (held === DEFAULT_WORKSPACE) {
    const gate = forwardSlashes(join(stateDirectory, GATE));
    return { path: `${gate}/../${STATE_FILE}`, workspace_dir: forwardSlashes(blocked) };
  }
  return {
    path: forwardSlashes(join(blocked, STATE_FILE)),
    workspace_dir: forwardSlashes(workspacesPath(stateDirectory, held)),
  };
}

/** Stands in the way of the workspaces that are not held, and says so by its name. */
export function blockerPath(stateDirectory: string, held: string): string {
  return join(stateDirectory, blockerName(held));
}

function blockerName(held: string): string {
  return `only-the-workspace-${held.slice(0, LONGEST_SHOWN_NAME)}-is-held-by-this-job`;
}

export function gatePath(stateDirectory: string): string {
  return join(stateDirectory, GATE);
}

/** A file that is there for as long as the job holds the state. */
export function markerPath(stateDirectory: string): string {
  return join(stateDirectory, MARKER);
}

/** HCL takes a backslash for an escape, and Terraform takes slashes on every system. */
export function forwardSlashes(path: string): string {
  return process.platform === 'win32' ? path.replaceAll('\\', '/') : path;
}
