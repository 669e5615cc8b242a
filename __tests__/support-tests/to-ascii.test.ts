import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toAscii } from '../../scripts/build/to-ascii.ts';

const run = (program: string): unknown => runInNewContext(program);

describe('a program in ASCII', () => {
  test.each([
    ['a string', `'é 🔒 \u2028 end'`],
    ['a template', '`é\n🔒`'],
    ['a needless backslash', `'\\é'`],
    ['an escaped backslash', `'\\\\é'`],
    ['a regular expression', `'a🔒é'.replace(/[é]|🔒/g, 'x')`],
    ['a regular expression by code points', `'a🔒é'.replace(/[🔒é]/gu, 'x')`],
    ['a name', `const größe = 1; größe + 1`],
    ['a comment', `1 // é 🔒`],
  ])('means the same: %s', (_, program) => {
    const ascii = toAscii(program);
    expect(ascii).toMatch(/^[\0-\x7f]*$/);
    expect(run(ascii)).toEqual(run(program));
  });

  test('means the same for any string', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const program = JSON.stringify(text);
        expect(run(toAscii(program))).toBe(text);
      }),
    );
  });
});
