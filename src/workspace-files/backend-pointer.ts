import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { entryAt } from './disk.ts';
import { member, parseJson } from './override-file.ts';
import { STATE_DIRECTORY_PREFIX } from './state-directory.ts';
import { readWithoutLinks, writeWithoutLinks } from './workspace-selection.ts';

/** Terraform's record of a backend takes some hundred bytes; before 0.9 this was the state itself, of any size. */
const LARGEST_RECORD = 1024 * 1024;

/** Where Terraform notes the backend that a working directory was initialised with. */
export function pointerPath(dataDirectory: string): string {
  return join(dataDirectory, 'terraform.tfstate');
}

/** What Terraform noted of the backend that a directory was initialised with; undefined when there is no such note. */
export async function recordedBackend(dataDirectory: string): Promise<unknown> {
  try {
    return member(parseJson((await pointerText(dataDirectory)) ?? ''), 'backend');
  } catch {
    return undefined;
  }
}

/**
 * Keeps the note of another backend than ours in `keptPath`, so that the module is found after the job as it was before.
 * Throws when the disk refuses.
 */
export async function keepPointer(dataDirectory: string, keptPath: string): Promise<void> {
  const text = await pointerText(dataDirectory);
  if (text === undefined || isOurs(text)) return;
  await rm(keptPath, { force: true });
  await writeWithoutLinks(keptPath, text, 0o600);
}

/** Replaces a note of our backend by the kept one, or removes it where there was none. Throws when the disk refuses. */
export async function restorePointer(dataDirectory: string, keptPath: string): Promise<void> {
  const text = await pointerText(dataDirectory);
  if (text === undefined || !isOurs(text)) return;
  const path = pointerPath(dataDirectory);
  const kept = await readWithoutLinks(keptPath);
  await rm(path, { force: true });
  if (kept !== undefined) await writeWithoutLinks(path, kept);
}

async function pointerText(dataDirectory: string): Promise<string | undefined> {
  const path = pointerPath(dataDirectory);
  const entry = await entryAt(path);
  if (entry.kind !== 'file' || entry.size > LARGEST_RECORD) return undefined;
  return await readWithoutLinks(path);
}

/** Of this job or of an earlier one: both lead to a state that only a hold puts there. */
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
