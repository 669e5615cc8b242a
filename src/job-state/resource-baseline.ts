import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  parseResourceIndex,
  type ResourceIndex,
  serializeResourceIndex,
} from '../statefile/resource-index.ts';

const FILE = 'resources.json';

/** Stores the pulled state's resources beside it, for post's summary. Throws when the disk fails. */
export async function writeBaseline(
  privateDirectory: string,
  resources: ResourceIndex | undefined,
): Promise<void> {
  await writeFile(join(privateDirectory, FILE), serializeResourceIndex(resources), { mode: 0o600 });
}

/** The resources of the pulled state; undefined when there were too many to list. Throws when the disk fails. */
export async function readBaseline(privateDirectory: string): Promise<ResourceIndex | undefined> {
  return parseResourceIndex(await readFile(join(privateDirectory, FILE), 'utf8'));
}
