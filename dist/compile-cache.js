import { lstatSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
export function useCompileCache(saved, argument) {
    const folder = findPrivateDirectory(saved) ?? argument;
    if (folder !== undefined && isOurs(folder))
        keepCompiledCode(folder);
}
export function keepCompiledCode(privateDirectory) {
    enableCompileCache(join(privateDirectory, 'compiled'));
}
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
