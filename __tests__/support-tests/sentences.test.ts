import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LOST_LOCK } from '../../src/messages/lock-lost-text.ts';
import { HELD_BY } from '../../src/messages/lock-text.ts';
import { LOCKED_BY } from '../../src/messages/locked-text.ts';

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
  [HELD_BY, 'lock-text.ts'],
  [LOCKED_BY, 'locked-text.ts'],
  [LOST_LOCK, 'lock-lost-text.ts'],
])('the words "%s" are in one file', (given, home) => {
  const words = new RegExp(`\\b${given}\\b`, 'i');
  const files = globSync('src/**/*.ts', { cwd: ROOT }).filter((file) => !file.endsWith(`/${home}`));
  const lines = files.flatMap((file) =>
    readFileSync(join(ROOT, file), 'utf8')
      .split('\n')
      .map((line) => `${file}: ${line.trim()}`),
  );
  expect(lines.filter((line) => words.test(line) && !/: (?:\/?\*|\/\/)/.test(line))).toEqual([]);
});

it.each(['lock_lost', 'push_in_doubt'])('troubleshooting says of %s what its error says', (code) => {
  const page = readFileSync(join(ROOT, 'docs/troubleshooting.md'), 'utf8');
  const [, section = ''] = page.split(`### ${code}\n`);
  const [text = ''] = section.split('\n### ');
  expect(text.toLowerCase()).toContain(LOST_LOCK.toLowerCase());
});
