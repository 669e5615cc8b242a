import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeDirectory } from '../../src/workspace-files/remove-directory.ts';
import { STATE_DIRECTORY_PREFIX } from '../../src/workspace-files/state-directory.ts';

/** Removes the directories of pulled states that killed jobs below these folders left on this machine. */
export async function removeStateDirectories(roots: readonly string[]): Promise<void> {
  const names = readdirSync('/tmp').filter((name) => name.startsWith(STATE_DIRECTORY_PREFIX));
  const paths = names.map((name) => join('/tmp', name));
  const left = paths.filter((path) => {
    const owner = ownerIn(path);
    return roots.some((root) => owner.includes(`"${root}/`));
  });
  await Promise.all(left.map(removeDirectory));
}

function ownerIn(path: string): string {
  try {
    return readFileSync(join(path, 'owner.json'), 'utf8');
  } catch {
    return '';
  }
}
