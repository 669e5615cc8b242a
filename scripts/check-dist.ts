/**
 * Fails unless `dist/` is, byte for byte, what `npm run build` makes of `src/`, and when a package takes over 5 % more of it than
 * `scripts/build/package-sizes.json` says. The tree may be another one than this script's, so that a pull request is checked by the
 * script of the branch that it goes to.
 * Usage: node scripts/check-dist.ts [root of the tree]
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findGrowth, type PackageSizes, readSizes } from './build/package-sizes.ts';
import { build } from './build.ts';

const root = resolve(process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '..'));
const dist = join(root, 'dist');
const fresh = mkdtempSync(join(tmpdir(), 'dist-'));
try {
  const sizes = await build(fresh, { root });
  const problems = [...findDifferences(), ...findGrownPackages(sizes)];
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
  else console.log(`dist/ is what src/ builds (${readdirSync(dist).length} files).`);
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

function findDifferences(): string[] {
  const names = new Set([...readdirSync(dist), ...readdirSync(fresh)]);
  const differing = [...names].filter(
    (name) => read(dist, name)?.equals(read(fresh, name) ?? Buffer.of(0)) !== true,
  );
  if (differing.length === 0) return [];
  return [
    `dist/ is not what src/ builds: ${differing.sort().join(', ')}. Run "npm run build" and commit it.`,
  ];
}

function findGrownPackages(sizes: PackageSizes): string[] {
  const grown = findGrowth(readSizes(join(root, 'scripts/build/package-sizes.json')), sizes);
  if (grown.length === 0) return [];
  const fix = 'If it has to be, run "npm run sizes" and commit it.';
  return [`The bundle has grown: ${grown.join('; ')}. ${fix}`];
}

function read(folder: string, name: string): Buffer | undefined {
  try {
    return readFileSync(join(folder, name));
  } catch {
    return undefined;
  }
}
