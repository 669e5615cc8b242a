import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseJson } from '../statefile/json-text.ts';
import { hasCode } from './disk.ts';
import { backendPaths, forwardSlashes, markerPath } from './state-directory.ts';

/** Sorts after other override files, which makes its backend the effective one. */
export const OVERRIDE_FILE = 'zzz_terraform_s3_state_override.tf.json';

/**
 * An override file can't declare anything new, so the check that makes Terraform fail in the wrong place is in its own
 * file.
 */
export const CHECK_FILE = 'zzz_terraform_s3_state_check.tf.json';

const AUTHOR = 'terraform-s3-state';
const NOTE =
  'Written by the terraform-s3-state action: while its step holds the lock, Terraform here works on the pulled state. Its post step removes this file.';
const NOT_HERE =
  'The pulled state is not on this machine or in this container, or the job that held it has ended. Run Terraform in a step of the job that holds the state, not in a docker action. If another job held it, remove this file and its override.';

/** What the files in a working directory are generated from. */
export interface Override {
  readonly privateDirectory: string;
  readonly stateDirectory: string;
  readonly workspace: string;
  /** The workspace selected in the module before; undefined when there was none. */
  readonly selectedBefore: string | undefined;
}

/** Who owns the file with our name. */
export type OverrideOwner =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'foreign' }
  | {
      readonly kind: 'ours';
      readonly privateDirectory: string;
      readonly selectedBefore: string | undefined;
      readonly workspace: string | undefined;
    };

export function overridePath(workingDirectory: string): string {
  return join(workingDirectory, OVERRIDE_FILE);
}

export function checkPath(workingDirectory: string): string {
  return join(workingDirectory, CHECK_FILE);
}

/** Writes both files. Throws when one already exists. */
export async function writeOverride(workingDirectory: string, override: Override): Promise<void> {
  for (const { path, text } of overrideFiles(workingDirectory, override)) {
    await writeFile(path, text, { flag: 'wx', mode: 0o644 });
  }
}

/** The files with their texts. Pure. */
export function overrideFiles(
  workingDirectory: string,
  override: Override,
): { readonly path: string; readonly text: string }[] {
  return [
    { path: overridePath(workingDirectory), text: render(overrideContent(override)) },
    { path: checkPath(workingDirectory), text: render(checkContent(override)) },
  ];
}

function render(content: object): string {
  return `${JSON.stringify(content, null, 2)}\n`;
}

function overrideContent({ privateDirectory, stateDirectory, workspace, selectedBefore }: Override): object {
  return {
    '//': {
      author: AUTHOR,
      note: NOTE,
      private_directory: privateDirectory,
      workspace,
      selected_before: selectedBefore,
    },
    terraform: { backend: { local: backendPaths(stateDirectory, workspace) } },
  };
}

/**
 * Terraform evaluates the variables and locals of a root module before a plan ends. A module that is called by another
 * one does not decide about the workspace.
 */
function checkContent({ stateDirectory, workspace }: Override): object {
  const held = `path.module != path.root || terraform.workspace == ${JSON.stringify(workspace)}`;
  const words = `This job holds only the workspace ${workspace}, but this Terraform works in the workspace \${terraform.workspace}. Select ${workspace}, or hold the other one.`;
  return {
    variable: {
      terraform_s3_state: {
        type: 'string',
        description: NOTE,
        default: forwardSlashes(markerPath(stateDirectory)),
        validation: [{ condition: `\${fileexists(var.terraform_s3_state)}`, error_message: NOT_HERE }],
      },
    },
    locals: { terraform_s3_state: `\${${held} ? true : tobool("${words}")}` },
  };
}

/**
 * Whether a file with this text has the same effect as one of ours. The override of another job on the same state
 * differs only in whose it is: it gets here in the archive of a job that planned. Pure.
 */
export function hasSameEffect(found: string, ours: string): boolean {
  return found === ours || parseEffect(found) === parseEffect(ours);
}

function parseEffect(text: string): string {
  const content = parseJson(text);
  if (typeof content !== 'object' || content === null) return text;
  return JSON.stringify({ ...content, '//': undefined });
}

/** Removes both files, which may already be gone. */
export async function removeOverride(workingDirectory: string): Promise<void> {
  await rm(overridePath(workingDirectory), { force: true });
  await rm(checkPath(workingDirectory), { force: true });
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
  return {
    kind: 'ours',
    privateDirectory,
    selectedBefore: toText(member(mark, 'selected_before')),
    workspace: toText(member(mark, 'workspace')),
  };
}

function toText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}
