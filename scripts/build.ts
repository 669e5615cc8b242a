/**
 * Builds `dist/`, which the runner executes: tsc compiles `src`, ncc bundles it into one file, and each entry is two
 * lines that call one function of that bundle. Byte-reproducible; `npm run check-dist` compares.
 * Usage: node scripts/build.ts [folder]
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ENTRIES = ['main', 'post', 'checkpointer', 'unlock', 'outputs', 'doctor', 'check', 'freeze'] as const;

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/**
 * Builds the tree at `root` into a folder, which is emptied first. Not minified: that starts faster (`npm run bench`), and an
 * auditor can read it.
 */
export function build(out: string, { minify = false, root = ROOT } = {}): void {
  const require = createRequire(join(root, 'package.json'));
  const run = (script: string, ...args: string[]): void => {
    execFileSync(process.execPath, [script, ...args], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  };
  rmSync(join(root, 'lib'), { recursive: true, force: true });
  run(join(root, 'node_modules/typescript/bin/tsc'));
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const ncc = require.resolve('@vercel/ncc/dist/ncc/cli.js');
  run(
    ncc,
    'build',
    'lib/index.js',
    '--out',
    out,
    '--no-cache',
    ...(minify ? ['--minify'] : []),
    '--license',
    'licenses.txt',
    '--quiet',
  );
  for (const entry of ENTRIES) {
    writeFileSync(join(out, `${entry}.js`), `import { ${entry} } from './index.js';\nawait ${entry}();\n`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) build(resolve(process.argv[2] ?? join(ROOT, 'dist')));
