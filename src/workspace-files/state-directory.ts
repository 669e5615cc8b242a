import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { DEFAULT_WORKSPACE } from '../backend/address.ts';
import type { BackendSettings } from '../backend/settings.ts';

/*
 * The rules for all paths by which the job's Terraform finds the pulled state. A saved plan carries them to another job,
 * another machine and another RUNNER_TEMP, so they depend on the state alone.
 */

const STATE_FILE = 'terraform.tfstate';
/** Terraform opens the state through this folder. If it is missing, as in a container, opening the state fails. */
const GATE = 'this-folder-is-only-where-the-job-holds-the-state';
const MARKER = 'held';

/** Longer names make an error hard to read, and a path component must stay below 255 bytes. */
const LONGEST_SHOWN_NAME = 100;

/** The paths of Terraform's local backend, in the form of HCL and JSON. */
export interface BackendPaths {
  readonly path: string;
  readonly workspace_dir: string;
}

/**
 * The directory that all jobs of a machine share for one state. Its parent directory belongs to root: another user who
 * owned the parent could replace the directory with their own.
 */
export function stateDirectoryFor({ address, aws }: Pick<BackendSettings, 'address' | 'aws'>): string {
  const { bucket, objectKey, workspace } = address;
  const name = [aws.endpoints.s3 ?? '', bucket, objectKey, workspace].join('\n');
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 20);
  return join(sharedParent(), `${STATE_DIRECTORY_PREFIX}${hash}`);
}

/** The prefix of all such directory names. */
export const STATE_DIRECTORY_PREFIX = 'terraform-s3-state-';

/** Not the environment's TMPDIR, which differs from job to job. */
function sharedParent(): string {
  return process.platform === 'win32' ? 'C:\\ProgramData' : '/tmp';
}

/** The path of a workspace's pulled state. */
export function statePathFor(stateDirectory: string, workspace: string): string {
  if (workspace === DEFAULT_WORKSPACE) return join(stateDirectory, STATE_FILE);
  return join(workspacesPath(stateDirectory, workspace), workspace, STATE_FILE);
}

/**
 * The folder of the held named workspace. Its name appears in the error when another workspace can't be created beside
 * it.
 */
export function workspacesPath(stateDirectory: string, held: string): string {
  return join(stateDirectory, `only-${held.slice(0, LONGEST_SHOWN_NAME)}-is-held`);
}

/**
 * Where a job's pull goes before Terraform can find the state: a name that belongs to the job, in its own directory.
 */
export function pulledPath(stateDirectory: string, privateDirectory: string): string {
  return join(stateDirectory, `pulled-${basename(privateDirectory)}`);
}

/**
 * The held workspace gets its path. Every other one gets a path that can't be opened and whose name says why. Terraform
 * creates missing folders of a path, but only after cleaning the path, so `GATE/..` must really exist.
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

/** Blocks the workspaces that are not held, and says so in its name. */
export function blockerPath(stateDirectory: string, held: string): string {
  return join(stateDirectory, blockerName(held));
}

function blockerName(held: string): string {
  return `only-the-workspace-${held.slice(0, LONGEST_SHOWN_NAME)}-is-held-by-this-job`;
}

export function gatePath(stateDirectory: string): string {
  return join(stateDirectory, GATE);
}

/** A file that exists for as long as the job holds the state. */
export function markerPath(stateDirectory: string): string {
  return join(stateDirectory, MARKER);
}

/** A backslash is an escape in HCL, and Terraform accepts slashes on every system. */
export function forwardSlashes(path: string): string {
  return process.platform === 'win32' ? path.replaceAll('\\', '/') : path;
}
