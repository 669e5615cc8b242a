import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { printJson } from '../../../src/statefile/json-tree.ts';
import { parseJsonTree } from '../../../src/statefile/parse-json.ts';
import { quoteDotenv } from '../../../src/steps/outputs/dotenv.ts';

/** The values that `sh` has after it sourced them, all in one run. */
function sourceWithShell(quoted: readonly string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'dotenv-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'a.env');
  writeFileSync(file, quoted.map((value, i) => `V${i}=${value}\n`).join(''));
  const print = quoted.map((_, i) => `printf '%s\\0' "$V${i}"`).join('\n');
  const out = execFileSync('sh', ['-c', `. "${file}"\n${print}`], { encoding: 'utf8' });
  return out.split('\0').slice(0, -1);
}

const PIECES = [
  "'",
  '"',
  '$',
  `\${HOME}`,
  '$(id)',
  '`id`',
  '\\',
  '\\n',
  '\n',
  '#',
  ' ',
  '=',
  '!',
  '~',
  ';',
  '&',
  'ü',
  'a',
  '7',
];
const values = fc.array(fc.constantFrom(...PIECES), { maxLength: 6 }).map((parts) => parts.join(''));

describe('a value in a .env file', () => {
  it.each([
    ['vpc-0a1b', 'vpc-0a1b'],
    ['', ''],
    ['=x', "'=x'"],
    ['a b', "'a b'"],
    ['$HOME `id` $(id)', "'$HOME `id` $(id)'"],
    ['-----BEGIN-----\nMII\n', "'-----BEGIN-----\nMII\n'"],
    ["it's", `"it's"`],
    ["it's $HOME", undefined],
    ["it's `id`", undefined],
    [`\${HOME}`, undefined],
    ['C:\\', undefined],
    ['a\\\\b', undefined],
    ['a\rb', undefined],
    ['a\0b', undefined],
  ])('%j is %j', (value, quoted) => {
    expect(quoteDotenv(value)).toBe(quoted);
  });

  it("that isn't a string is written as the same JSON", () => {
    const text = `{"it's":"a\\\\b\\"c\\n\${HOME}","list":[1.10,true,null]}`;
    const value = parseJsonTree(text) ?? null;
    const quoted = quoteDotenv(value) ?? '';
    const [read = ''] = sourceWithShell([quoted]);
    expect(read).toBe(parseEnv(`V=${quoted}\n`).V);
    expect(printJson(parseJsonTree(read) ?? null)).toBe(printJson(value));
  });

  it('reads the same in a shell and in a dotenv parser, whatever it contains', () => {
    const samples = fc.sample(values, 400).flatMap((value) => {
      const quoted = quoteDotenv(value);
      return quoted === undefined ? [] : [{ value, quoted }];
    });
    expect(samples.length).toBeGreaterThan(50);
    const expected = samples.map(({ value }) => value);
    expect(sourceWithShell(samples.map(({ quoted }) => quoted))).toEqual(expected);
    const parsed = parseEnv(samples.map(({ quoted }, i) => `V${i}=${quoted}\n`).join(''));
    expect(samples.map((_, i) => parsed[`V${i}`])).toEqual(expected);
  });
});
