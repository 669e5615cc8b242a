import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { entryAt } from './disk.ts';
import { BACKEND_PATHS, member, parseJson } from './override-file.ts';

/** Terraform's record of a backend takes some hundred bytes; before 0.9 this was the state itself, of any size. */
const LARGEST_RECORD = 1024 * 1024;

/**
 * What to tell of a checkout that was initialised with another backend before, as self-hosted runners keep them:
 * there a plain `terraform init` fails. Undefined when there is nothing to tell.
 */
export async function previousBackendNotice(
  workingDirectory: string,
  dataDirectory: string | undefined,
): Promise<string | undefined> {
  const backend = await recordedBackend(resolve(workingDirectory, dataDirectory || '.terraform'));
  const type = member(backend, 'type');
  if (typeof type !== 'string' || isOurs(type, member(backend, 'config'))) return undefined;
  return `${workingDirectory} was initialised with another backend (${printable(type)}) before: run "terraform init -reconfigure" in this job, since a plain "terraform init" refuses the change.`;
}

/** What Terraform noted of the backend that a directory was initialised with; undefined when there is no such note. */
export async function recordedBackend(dataDirectory: string): Promise<unknown> {
  const record = join(dataDirectory, 'terraform.tfstate');
  try {
    const entry = await entryAt(record);
    if (entry.kind !== 'file' || entry.size > LARGEST_RECORD) return undefined;
    return member(parseJson(await readFile(record, 'utf8')), 'backend');
  } catch {
    return undefined;
  }
}

function isOurs(type: string, config: unknown): boolean {
  return (
    type === 'local' &&
    member(config, 'path') === BACKEND_PATHS.path &&
    member(config, 'workspace_dir') === BACKEND_PATHS.workspace_dir
  );
}

function printable(type: string): string {
  return /^[\w-]{1,40}$/.test(type) ? type : 'of an unknown type';
}
