import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskableParts, neutralize } from '../../src/runner/runner.ts';
import { parseCommand } from '../support/runner-commands.ts';

const ZERO_WIDTH = '\u200b';

describe("other people's text in the log", () => {
  it.each([
    '::set-output name=x::y',
    '  ::add-mask::x',
    '\t::error file=a::b',
    '\u00a0::stop-commands::token',
    '\u0085::error::next line counts as white space for the runner',
    'before ##[error]x',
    '##[set-env name=PATH]/evil',
    '###[error]x',
    'first line\n::error::second',
    'first line\r::error::second',
    'first line\r\n::error::second',
  ])('%j is no longer a command', (text) => {
    for (const line of neutralize(text).split(/\r\n|\r|\n/)) {
      expect(parseCommand(line.replace(/^\u0085+/, ' '))).toBeUndefined();
    }
  });

  it("stays unchanged when it can't be a command", () => {
    const text = 'Held by a::b on [x] #[y] ## [z]: see https://example.com\n\n  indented\n:single';
    expect(neutralize(text)).toBe(text);
  });

  it('loses nothing and only gains a zero-width space', () => {
    expect(neutralize(' ::error::x')).toBe(` ${ZERO_WIDTH}::error::x`);
    expect(neutralize('a ##[error]x')).toBe(`a ##${ZERO_WIDTH}[error]x`);
  });

  it('can never become a command, however it is composed', () => {
    const piece = fc.constantFrom(
      '::',
      ':',
      '##[',
      '#',
      '[',
      ']',
      ' ',
      '\t',
      '\n',
      '\r',
      '\u0085',
      '\u00a0',
      '\ufeff',
      'error',
      'set-output name=x',
      'add-mask',
      'stop-commands',
      'x',
      ZERO_WIDTH,
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        for (const line of neutralize(pieces.join('')).split(/\r\n|\r|\n/)) {
          // .NET's TrimStart, which the runner uses, treats U+0085 as white space; JavaScript's \s doesn't.
          expect(parseCommand(line.replaceAll('\u0085', ' '))).toBeUndefined();
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('changes in no other way', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const lines = text.replaceAll(ZERO_WIDTH, '').replaceAll(/\r\n|\r/g, '\n');
        expect(neutralize(text).replaceAll(ZERO_WIDTH, '')).toBe(lines);
      }),
    );
  });
});

describe('the masks of a value', () => {
  it.each([
    ['test', []],
    ['seven77', []],
    ['eight888', ['eight888']],
    ['  padded-secret\n', ['padded-secret']],
    ['{\n  "key": "a-secret"\r\n}', ['"key": "a-secret"']],
    ['', []],
  ])('%j: %j', (value, parts) => expect(maskableParts(value)).toEqual(parts));
});
