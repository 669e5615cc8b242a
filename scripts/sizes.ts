/** Records what each package takes of the bundle, for `npm run check-dist`, and prints it. Usage: npm run sizes */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.ts';
import { table } from './demo/print.ts';

const RECORD = join(dirname(fileURLToPath(import.meta.url)), 'build/package-sizes.json');

const folder = mkdtempSync(join(tmpdir(), 'sizes-'));
try {
  const sizes = await build(folder);
  writeFileSync(RECORD, `${JSON.stringify(sizes, null, 2)}\n`);
  const largest = Object.entries(sizes).sort(([, one], [, other]) => other - one);
  table([['package', 'KB'], ...largest.map(([name, bytes]) => [name, (bytes / 1000).toFixed(1)])]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
