import type { CodeSplittingNameFunction } from 'rolldown';

/** The module of what at least two entries import. */
export const SHARED = 'shared';

/** Names the module of everything that at least two entries import, directly or through others. What is loaded later doesn't count. */
export function nameShared(entries: readonly string[]): CodeSplittingNameFunction {
  let shared: ReadonlySet<string> | undefined;
  return (id, chunking) => {
    shared ??= findShared(entries, (module) => chunking.getModuleInfo(module)?.importedIds ?? []);
    return shared.has(id) ? SHARED : null;
  };
}

function findShared(
  entries: readonly string[],
  importsOf: (module: string) => readonly string[],
): ReadonlySet<string> {
  const found = new Set<string>();
  const shared = new Set<string>();
  for (const entry of entries) {
    const ofEntry = new Set([entry]);
    // A set may grow while it is iterated.
    for (const module of ofEntry) for (const imported of importsOf(module)) ofEntry.add(imported);
    for (const module of ofEntry) (found.has(module) ? shared : found).add(module);
  }
  return shared;
}
