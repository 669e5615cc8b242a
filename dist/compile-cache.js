import { lstatSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
/**
 * Has Node keep what it compiles below the job's private directory, and take it from there: what the checkpointer compiles while the job
 * runs, post doesn't compile again. It is called before the bundle is loaded, so it imports nothing of it. Post has the directory from
 * what main saved, the checkpointer as its first argument. Throws nothing: without the directory all works, slower.
 */
export function useCompileCache(saved, argument) {
    const folder = findPrivateDirectory(saved) ?? argument;
    if (folder !== undefined && isOurs(folder))
        enableCompileCache(join(folder, 'compiled'));
}
/** Of the session that main saved for post; the checkpointer has it as its argument. */
function findPrivateDirectory(session) {
    try {
        const saved = JSON.parse(session ?? '');
        const isSession = typeof saved === 'object' && saved !== null && 'privateDirectory' in saved;
        return isSession && typeof saved.privateDirectory === 'string' ? saved.privateDirectory : undefined;
    }
    catch {
        return undefined;
    }
}
/** Whoever can write there decides what runs: nobody but us may. */
function isOurs(folder) {
    try {
        const found = lstatSync(folder);
        if (!found.isDirectory())
            return false;
        return process.getuid === undefined || (found.uid === process.getuid() && (found.mode & 0o077) === 0);
    }
    catch {
        return false;
    }
}
