import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

const ROOT = import.meta.dirname;

/** The other worlds of tests, which start servers, Terraform and the packaged actions: see docs/testing.md. */
const OTHER_WORLDS = [
  'packaged',
  'interop',
  'faults',
  'model',
  'security',
  'stores',
  'act',
  'windows',
  'platform',
];

/** Text that only a file has which starts a process or needs moto or Terraform. */
const STARTS_PARTS = /inject\('(?:motoUrl|terraform)'\)|from 'node:child_process'/;

const known = new Map<string, boolean>();

/** Whether a test file, or what it imports of the tests' own files, starts anything. */
function startsParts(file: string): boolean {
  const before = known.get(file);
  if (before !== undefined) return before;
  known.set(file, false);
  const text = readFileSync(file, 'utf8');
  const imports = [...text.matchAll(/from '(\.[^']+)'/g)].map(([, path = '']) =>
    resolve(dirname(file), path),
  );
  const ours = imports.filter((path) => path.startsWith(join(ROOT, '__tests__')));
  const starts = STARTS_PARTS.test(text) || ours.some(startsParts);
  known.set(file, starts);
  return starts;
}

const others = OTHER_WORLDS.map((name) => `__tests__/${name}/**`);
const units: string[] = [];
for await (const file of glob('__tests__/**/*.test.ts', { cwd: ROOT, exclude: others })) {
  if (!startsParts(join(ROOT, file))) units.push(file);
}

/** Tests that take seconds: `npm run test:unit`. */
export default defineConfig({
  test: {
    ...base.test,
    include: units.sort(),
    exclude: configDefaults.exclude,
    globalSetup: [],
    reporters: ['default'],
  },
});
