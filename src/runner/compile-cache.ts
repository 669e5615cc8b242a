import { lstatSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

/**
 * Makes Node keep its compiled code below the job's private directory and load it from there. Post does not compile
 * again what the checkpointer compiled while the job ran. It is called before the bundle is loaded, so it imports
 * nothing of it. Post gets the directory from what main saved, the checkpointer from its first argument. Throws
 * nothing: without the directory everything works, but more slowly.
 */
export function useCompileCache(saved: string | undefined, argument: string | undefined): void {
  const folder = findPrivateDirectory(saved) ?? argument;
  if (folder !== undefined && isOurs(folder)) keepCompiledCode(folder);
}

/** Makes Node keep what it compiles from now on, and write it when the process ends. Throws nothing. */
export function keepCompiledCode(privateDirectory: string): void {
  enableCompileCache(join(privateDirectory, 'compiled'));
}

/** From the session that main saved for post. The checkpointer gets it as its argument. */
function findPrivateDirectory(session: string | undefined): string | undefined {
  try {
    const saved: unknown = JSON.parse(session ?? '');
    const isSession = typeof saved === 'object' && saved !== null && 'privateDirectory' in saved;
    return isSession && typeof saved.privateDirectory === 'string' ? saved.privateDirectory : undefined;
  } catch {
    return undefined;
  }
}

/** Whoever can write there decides what runs: nobody but us may. */
function isOurs(folder: string): boolean {
  try {
    const found = lstatSync(folder);
    if (!found.isDirectory()) return false;
    return process.getuid === undefined || (found.uid === process.getuid() && (found.mode & 0o077) === 0);
  } catch {
    return false;
  }
}
