import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** Rooms whose sentences stay beside the check that makes them (docs/design.md#reasons-are-data). */
const OWN_WORDS = ['src/messages/', 'src/inputs/'];

/** The calls that show text to the user: a literal there is a sentence. */
const REPORTS = /\.(?:info|notice|warning|fail|debug)\(\s*['"`][^\n]*/g;

it('text for the user is written in messages', () => {
  const files = globSync('src/**/*.ts', { cwd: ROOT }).filter(
    (file) => !OWN_WORDS.some((room) => file.startsWith(room)),
  );
  const reported = files.flatMap((file) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(REPORTS)].map(([text]) => `${file}: ${text}`),
  );
  expect(files.length).toBeGreaterThan(200);
  expect(reported).toEqual([]);
});

it.each([
  ['held by', /\bheld by\b/i, 'lock-text.ts'],
  ['locked by', /\blocked by\b/i, 'locked-text.ts'],
  ['This job lost the lock', /\bThis job lost the lock\b/, 'lock-lost-text.ts'],
])('the words "%s" are in one file', (_, words, home) => {
  const files = globSync('src/**/*.ts', { cwd: ROOT }).filter((file) => !file.endsWith(`/${home}`));
  const lines = files.flatMap((file) =>
    readFileSync(join(ROOT, file), 'utf8')
      .split('\n')
      .map((line) => `${file}: ${line.trim()}`),
  );
  expect(lines.filter((line) => words.test(line) && !/: (?:\/?\*|\/\/)/.test(line))).toEqual([]);
});
