import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeDirectory } from '../../src/workspace-files/remove-directory.ts';
import { STATE_DIRECTORY_PREFIX } from '../../src/workspace-files/state-directory.ts';

/** Removes the directories of pulled states that killed jobs below a folder left on this machine. */
export async function removeStateDirectories(root: string): Promise<void> {
  const names = readdirSync('/tmp').filter((name) => name.startsWith(STATE_DIRECTORY_PREFIX));
  const paths = names.map((name) => join('/tmp', name)).filter((path) => ownerIn(path).includes(`"${root}/`));
  await Promise.all(paths.map(removeDirectory));
}

function ownerIn(path: string): string {
  try {
    return readFileSync(join(path, 'owner.json'), 'utf8');
  } catch {
    return '';
  }
}
