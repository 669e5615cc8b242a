import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastWins, parseCommandFile, parsePathFile } from '../support/runner-files.ts';

describe('command file grammar', () => {
  it('uses whichever of = and << comes first', () => {
    expect(parseCommandFile('a=b<<c\n\nd<<E=1\nx=y\nE=1\ne=\n')).toEqual([
      ['a', 'b<<c'],
      ['d', 'x=y'],
      ['e', ''],
    ]);
  });

  it('keeps inner newlines and drops the last', () => {
    expect(parseCommandFile('v<<E\n\nline\n\nE\nempty<<E\nE\n')).toEqual([
      ['v', '\nline\n'],
      ['empty', ''],
    ]);
  });

  it('accepts a value without a newline at the end of the file', () => {
    expect(parseCommandFile('a=1')).toEqual([['a', '1']]);
  });

  it.each([
    ['neither token', 'plain\n', 'Invalid format'],
    ['an empty name', '=1\n', 'Name must not be empty'],
    ['an empty heredoc name', '<<E\nE\n', 'must not be empty'],
    ['an empty delimiter', 'a<<\n\n', 'must not be empty'],
    ['no closing delimiter', 'a<<E\nline\n', 'Matching delimiter not found'],
    ['a closing delimiter with no newline', 'a<<E\nline\nE', 'missing new line'],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseCommandFile(text)).toThrow(message);
  });

  it('normalises CRLF on Windows only', () => {
    const text = 'a=1\r\nb<<E\r\nx\r\ny\r\nE\r\n';
    expect(parseCommandFile(text, { windows: true })).toEqual([
      ['a', '1'],
      ['b', 'x\r\ny'],
    ]);
    expect(parseCommandFile(text)).toEqual([
      ['a', '1\r'],
      ['b', 'x\r\ny\r'],
    ]);
  });

  it('reads back every value that @actions/core would write', () => {
    const value = fc.string({ unit: fc.constantFrom('a', '=', '<', '\n', '\r', ' ', 'é') });
    fc.assert(
      fc.property(value, (text) => {
        expect(parseCommandFile(`name<<ghadelimiter_1\n${text}\nghadelimiter_1\n`)).toEqual([['name', text]]);
      }),
    );
  });

  it('lets the last write of a name win, whatever its case', () => {
    expect(
      lastWins([
        ['Name', '1'],
        ['other', '2'],
        ['NAME', '3'],
      ]),
    ).toEqual({ Name: '3', other: '2' });
  });

  it('puts later paths first', () => {
    expect(parsePathFile('/a\n\n/b\n')).toEqual(['/b', '/a']);
  });
});
