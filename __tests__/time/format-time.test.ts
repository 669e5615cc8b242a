import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { formatTime, toIsoTime } from '../../src/time/format-time.ts';

it.each([
  [Date.UTC(2026, 0, 2, 3, 4, 5, 999), '2026-01-02T03:04:05Z'],
  [0, '1970-01-01T00:00:00Z'],
  [-1, '1969-12-31T23:59:59Z'],
])('a time of %i ms is shown to the second, in UTC', (time, text) => {
  expect(formatTime(time)).toBe(text);
  expect(toIsoTime(time)).toBe(text);
});

it.each([Number.NaN, Number.POSITIVE_INFINITY, 9e15])('%d is no time, and breaks no message', (time) => {
  expect(formatTime(time)).toBe('an unknown time');
  expect(toIsoTime(time)).toBeNull();
});

it('a time that is not known is null in an output', () => expect(toIsoTime(undefined)).toBeNull());

it('no message, page or output writes a time in another form', () => {
  const root = resolve(import.meta.dirname, '../..');
  const others = globSync('src/{messages,steps,connection,action,staleness}/**/*.ts', { cwd: root })
    .filter((file) => readFileSync(resolve(root, file), 'utf8').includes('toISOString'))
    .map((file) => file.replaceAll('\\', '/'))
    .sort();
  // The checkpointer's lines keep their order by their milliseconds; the other one checks a date.
  expect(others).toEqual(['src/steps/checkpointer/checkpointer-log.ts', 'src/steps/freeze/freeze-end.ts']);
});
