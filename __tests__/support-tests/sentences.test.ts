import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** Rooms whose sentences stay beside the check that makes them (docs/design.md#reasons-are-data). */
const OWN_WORDS = ['src/messages/', 'src/inputs/'];

/** What tells the user something: a literal there is a sentence. */
const REPORTS = /\.(?:info|notice|warning|fail|debug)\(\s*['"`][^\n]*/g;

it('what is told to the user is worded in messages', () => {
  const files = globSync('src/**/*.ts', { cwd: ROOT }).filter(
    (file) => !OWN_WORDS.some((room) => file.startsWith(room)),
  );
  const reported = files.flatMap((file) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(REPORTS)].map(([text]) => `${file}: ${text}`),
  );
  expect(files.length).toBeGreaterThan(200);
  expect(reported).toEqual([]);
});
