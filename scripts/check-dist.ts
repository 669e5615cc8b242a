/**
 * Fails unless `dist/` is, byte for byte, what `npm run build` makes of `src/`. The tree may be another one than this script's,
 * so that a pull request is checked by the script of the branch that it goes to.
 * Usage: node scripts/check-dist.ts [root of the tree]
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.ts';

const root = resolve(process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '..'));
const dist = join(root, 'dist');
const fresh = mkdtempSync(join(tmpdir(), 'dist-'));
try {
  build(fresh, { root });
  const names = new Set([...readdirSync(dist), ...readdirSync(fresh)]);
  const differing = [...names].filter(
    (name) => read(dist, name)?.equals(read(fresh, name) ?? Buffer.of(0)) !== true,
  );
  if (differing.length > 0) {
    console.error(
      `dist/ is not what src/ builds: ${differing.sort().join(', ')}. Run "npm run build" and commit it.`,
    );
    process.exitCode = 1;
  } else {
    console.log(`dist/ is what src/ builds (${names.size} files).`);
  }
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

function read(folder: string, name: string): Buffer | undefined {
  try {
    return readFileSync(join(folder, name));
  } catch {
    return undefined;
  }
}
