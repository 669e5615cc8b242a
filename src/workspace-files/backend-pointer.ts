import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseJson } from '../statefile/json-text.ts';
import { entryAt } from './disk.ts';
import { member } from './override-file.ts';
import { STATE_DIRECTORY_PREFIX } from './state-directory.ts';
import { readWithoutLinks, writeWithoutLinks } from './workspace-selection.ts';

/** Terraform's record of a backend has a few hundred bytes. Before 0.9, this file was the state itself, of any size. */
const LARGEST_RECORD = 1024 * 1024;

/** The file in which Terraform records the backend that a working directory was initialised with. */
export function pointerPath(dataDirectory: string): string {
  return join(dataDirectory, 'terraform.tfstate');
}

/** Terraform's record of the backend that a directory was initialised with; undefined when there is none. */
export async function recordedBackend(dataDirectory: string): Promise<unknown> {
  try {
    return member(parseJson((await pointerText(dataDirectory)) ?? ''), 'backend');
  } catch {
    return undefined;
  }
}

/**
 * Keeps the record of a backend other than ours in `keptPath`, to restore the module after the job. Throws when the
 * disk fails.
 */
export async function keepPointer(dataDirectory: string, keptPath: string): Promise<void> {
  const text = await pointerText(dataDirectory);
  if (text === undefined || isOurs(text)) return;
  await rm(keptPath, { force: true });
  await writeWithoutLinks(keptPath, text, 0o600);
}

/**
 * Replaces the record of our backend with the kept one, or removes it if there was none. Throws when the disk fails.
 */
export async function restorePointer(dataDirectory: string, keptPath: string): Promise<void> {
  const text = await pointerText(dataDirectory);
  if (text === undefined || !isOurs(text)) return;
  const path = pointerPath(dataDirectory);
  const kept = readWithoutLinks(keptPath);
  await rm(path, { force: true });
  if (kept !== undefined) await writeWithoutLinks(path, kept);
}

async function pointerText(dataDirectory: string): Promise<string | undefined> {
  const path = pointerPath(dataDirectory);
  const entry = await entryAt(path);
  if (entry.kind !== 'file' || entry.size > LARGEST_RECORD) return undefined;
  return readWithoutLinks(path);
}

/** Of this job or of an earlier one: both point at a state that exists only during a hold. */
function isOurs(text: string): boolean {
  const backend = member(parseJson(text), 'backend');
  const config = member(backend, 'config');
  const paths = [member(config, 'path'), member(config, 'workspace_dir')];
  return (
    member(backend, 'type') === 'local' &&
    paths.every((path) => typeof path === 'string' && path.split('/').some(isStateDirectory))
  );
}

function isStateDirectory(name: string): boolean {
  return name.startsWith(STATE_DIRECTORY_PREFIX) && basename(name) === name;
}
