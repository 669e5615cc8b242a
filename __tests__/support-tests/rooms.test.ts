import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const DESIGN = readFileSync(join(ROOT, 'docs/design.md'), 'utf8');
const ENTRIES = 'the entries';

/**
 * The rooms with their levels, from the table in docs/design.md#the-house. A row without a level has that of the
 * row above.
 */
function levelsOfRooms(): Map<string, number> {
  const levels = new Map<string, number>([[ENTRIES, 1]]);
  let level = 0;
  for (const [, given = '', room = ''] of DESIGN.matchAll(/^\| (\d*) ?\| `src\/([a-z/-]+)\/` \|/gm)) {
    if (given !== '') level = Number(given);
    levels.set(room.split('/')[0] ?? room, level);
  }
  return levels;
}

/** The rows of the same table for the rooms in a room: `steps/main`. */
const INNER_ROOMS = [...DESIGN.matchAll(/^\| \d* ?\| `src\/(\w+\/[a-z-]+)\/` \|/gm)].map(
  ([, room = '']) => room,
);

/** `steps` of `src/steps/main/hold.ts`. */
function findRoom(file: string): string {
  const parts = file.slice(join(ROOT, 'src').length + 1).split(sep);
  return parts.length === 1 ? ENTRIES : (parts[0] ?? '');
}

const FILES = globSync('src/**/*.ts', { cwd: ROOT }).map((file) => join(ROOT, file));
const LEVELS = levelsOfRooms();

/** The files of src that a file imports, types included. */
function listImports(file: string): string[] {
  const imports = readFileSync(file, 'utf8').matchAll(/from '(\.[^']+)'/g);
  return [...imports].map(([, path = '']) => resolve(dirname(file), path));
}

type Graph = ReadonlyMap<string, ReadonlySet<string>>;

const BY_FILE: Graph = new Map(FILES.map((file) => [file, new Set(listImports(file))]));

/** The folders with what their own files import; those of their subfolders count for these. */
function importsByFolder(): Graph {
  const folders = new Map(FILES.map((file) => [dirname(file), new Set<string>()]));
  for (const [file, imports] of BY_FILE) {
    const outside = [...imports].map(dirname).filter((folder) => folder !== dirname(file));
    for (const folder of outside) folders.get(dirname(file))?.add(folder);
  }
  return folders;
}

/** The path from a file or folder back to itself through its imports; undefined: there is none. */
function findLoop(graph: Graph, start: string): readonly string[] | undefined {
  const seen = new Set<string>();
  const open: string[][] = [[start]];
  for (let way = open.pop(); way !== undefined; way = open.pop()) {
    for (const next of graph.get(way.at(-1) ?? '') ?? []) {
      if (next === start) return [...way, next].map((file) => file.slice(ROOT.length + 1));
      if (seen.has(next)) continue;
      seen.add(next);
      open.push([...way, next]);
    }
  }
  return undefined;
}

const findLoops = (graph: Graph) =>
  [...graph.keys()].map((start) => findLoop(graph, start)).filter((loop) => loop !== undefined);

describe('the rooms of src', () => {
  it('are those of the design', () => {
    expect([...new Set(FILES.map(findRoom))].sort()).toEqual([...LEVELS.keys()].sort());
  });

  it('have a row for each step', () => {
    const steps = FILES.map(dirname).filter((folder) => dirname(folder) === join(ROOT, 'src/steps'));
    const names = new Set(steps.map((folder) => `steps/${basename(folder)}`));
    expect(INNER_ROOMS.toSorted()).toEqual([...names].sort());
  });

  it('import downwards only', () => {
    const upwards = FILES.flatMap((file) => {
      const from = findRoom(file);
      return listImports(file)
        .map(findRoom)
        .filter((to) => to !== from && (LEVELS.get(to) ?? 0) <= (LEVELS.get(from) ?? 0))
        .map((to) => `${from} -> ${to}: ${file}`);
    });
    expect(upwards).toEqual([]);
  });

  it('have no file that imports itself, even indirectly', () => {
    expect(findLoops(BY_FILE)).toEqual([]);
  });

  it('have no folder that imports itself, even indirectly', () => {
    expect(findLoops(importsByFolder())).toEqual([]);
  });

  it('have no step that imports another step', () => {
    const findStep = (file: string) => /^src\/steps\/([^/]+)/.exec(file.slice(ROOT.length + 1))?.[1];
    const others = FILES.filter((file) => findStep(file) !== undefined).flatMap((file) =>
      listImports(file)
        .map(findStep)
        .filter((step) => step !== undefined && step !== findStep(file))
        .map((step) => `${file} -> ${step}`),
    );
    expect(others).toEqual([]);
  });

  it('keep the lock independent of the state', () => {
    const inState = FILES.filter((file) => file.startsWith(join(ROOT, 'src/backend/lock/')))
      .flatMap(listImports)
      .filter((file) => file.startsWith(join(ROOT, 'src/backend/state/')));
    expect(inState).toEqual([]);
  });
});
