import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const EXTENSIONS = process.platform === 'win32' ? ['.exe', '.cmd', ''] : [''];

/** Absolute path of a program on PATH, or undefined if there is none. */
export function findOnPath(program: string, path = process.env.PATH ?? ''): string | undefined {
  const candidates = path
    .split(delimiter)
    .filter((dir) => dir !== '')
    .flatMap((dir) => EXTENSIONS.map((extension) => join(dir, program + extension)));
  return candidates.find(isExecutable);
}

/**
 * What to do without a part that the tests want: throws when `CI` is set, since a CI run that skips in
 * silence proves nothing; elsewhere prints a loud line and gives undefined.
 */
export function missingPart(what: string, reason: string): undefined {
  const message = `${what} is missing: ${reason}`;
  if (process.env.CI) throw new Error(message);
  console.error(`\n!!! ${message}\n!!! every test that needs it is SKIPPED\n`);
  return undefined;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
