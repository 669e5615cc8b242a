/**
 * Builds `dist/`, which the runner executes. tsc compiles `src`; rolldown takes of the packages' ES modules what is used; ncc makes the bundle
 * of that. Each entry is a few lines that call one function of the bundle. Byte-reproducible; `npm run check-dist` compares.
 * Usage: node scripts/build.ts [folder]
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Plugin, type RenderedModule, rolldown } from 'rolldown';
import { renderLicences } from './build/licences.ts';
import { type PackageSizes, sumByPackage } from './build/package-sizes.ts';
import { nameShared, SHARED } from './build/shared-module.ts';
import { toAscii } from './build/to-ascii.ts';

/** These run beside or after a main step, so what was compiled for one of them is there for the others. */
const WITH_COMPILE_CACHE: ReadonlySet<string> = new Set(['post', 'checkpointer']);

/** Packages that do nothing when they are imported, and do not say so in their package.json. */
const WITHOUT_SIDE_EFFECTS = /node_modules\/@actions\/(core|exec|http-client|io)\//;

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/**
 * Builds the tree at `root` into a folder, which is emptied first. Not minified, so an auditor can read it. Returns what each
 * package takes of it.
 */
export async function build(out: string, { root = ROOT } = {}): Promise<PackageSizes> {
  const lib = join(root, 'lib');
  rmSync(lib, { recursive: true, force: true });
  // They are in `src`; here each step's start would read past a sixth of the text.
  run(root, join(root, 'node_modules/typescript/bin/tsc'), '--removeComments');
  const entries = listEntries(root);
  const modules = await shake(lib, entries);
  const sizes = sumByPackage([...modules].map(([path, { renderedLength }]) => [path, renderedLength]));
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  ncc(root, 'lib/shaken/index.js', out);
  for (const name of readdirSync(out)) if (name.endsWith('.js')) rewriteAsAscii(join(out, name));
  writeFileSync(join(out, 'licenses.txt'), renderLicences(modules.keys()));
  copyFileSync(join(lib, 'runner/compile-cache.js'), join(out, 'compile-cache.js'));
  for (const entry of entries) writeFileSync(join(out, `${entry}.js`), entryText(entry));
  return sizes;
}

/** What the bundle exports: an entry of `dist/` each. */
function listEntries(root: string): readonly string[] {
  const index = readFileSync(join(root, 'src/index.ts'), 'utf8');
  return [...index.matchAll(/^export const (\w+) =/gm)].map(([, name = '']) => name);
}

const NO_PLUGINS = join(ROOT, 'scripts/build/no-octokit-plugins.js');
/** Parts of packages that nothing here calls, and that no bundler can tell so. */
const UNUSED: Readonly<Record<string, string>> = {
  '@octokit/plugin-rest-endpoint-methods': NO_PLUGINS,
  '@octokit/plugin-paginate-rest': NO_PLUGINS,
};

/** Parts of a package in CommonJS, which no bundler drops by itself: GitHub's client takes of undici what carries its requests through a proxy. */
const UNUSED_FILES = /node_modules\/undici\/lib\/(?:mock|web\/(?:websocket|eventsource))\//;

const dropUnusedFiles: Plugin = {
  name: 'drop-unused-files',
  load: (path) => (UNUSED_FILES.test(path) ? 'module.exports = {};' : null),
};

/**
 * Into `lib/shaken`: what the entries share in one module, and one module for each part that is loaded later. Returns the modules
 * that are in it, by their paths.
 */
async function shake(lib: string, entries: readonly string[]): Promise<Map<string, RenderedModule>> {
  const paths = new Map(['index', ...entries].map((name) => [name, join(lib, `${name}.js`)]));
  const bundle = await rolldown({
    input: Object.fromEntries(paths),
    platform: 'node',
    plugins: [dropUnusedFiles],
    resolve: { mainFields: ['module', 'main'], alias: UNUSED },
    treeshake: { moduleSideEffects: [{ test: WITHOUT_SIDE_EFFECTS, sideEffects: false }] },
  });
  const { output } = await bundle.write({
    dir: join(lib, 'shaken'),
    format: 'esm',
    chunkFileNames: '[name].js',
    minifyInternalExports: false,
    // licenses.txt has them.
    comments: { legal: false, jsdoc: false },
    codeSplitting: {
      groups: [
        { debugName: SHARED, name: nameShared([...paths.values()]), minShareCount: 2, tags: ['$initial'] },
      ],
    },
  });
  await bundle.close();
  // Otherwise ncc would copy it into each part that is loaded later.
  const index = join(lib, 'shaken/index.js');
  writeFileSync(index, `import './${SHARED}.js';\n${readFileSync(index, 'utf8')}`);
  return new Map(output.flatMap((part) => (part.type === 'chunk' ? Object.entries(part.modules) : [])));
}

function ncc(root: string, input: string, out: string): void {
  const script = createRequire(join(root, 'package.json')).resolve('@vercel/ncc/dist/ncc/cli.js');
  run(root, script, 'build', input, '--out', out, '--no-cache', '--quiet');
}

function run(cwd: string, script: string, ...options: readonly string[]): void {
  execFileSync(process.execPath, [script, ...options], { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
}

function rewriteAsAscii(path: string): void {
  writeFileSync(path, toAscii(readFileSync(path, 'utf8')));
}

function entryText(entry: string): string {
  if (!WITH_COMPILE_CACHE.has(entry)) return `import { ${entry} } from './index.js';\nawait ${entry}();\n`;
  return [
    `import { useCompileCache } from './compile-cache.js';`,
    'useCompileCache(process.env.STATE_session, process.argv[2]);',
    `const { ${entry} } = await import('./index.js');`,
    `await ${entry}();`,
    '',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await build(resolve(process.argv[2] ?? join(ROOT, 'dist')));
