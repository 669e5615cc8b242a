import fc from 'fast-check';
import { expect, it } from 'vitest';
import { plain } from '../../src/messages/plain.ts';

it('makes control characters visible, and leaves everything else unchanged', () => {
  expect(plain('a\u001b[2J\u009b\n\u2028é😀')).toBe('a\\u001b[2J\\u009b\\u000a\\u2028é😀');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
      return !/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(plain(text));
    }),
  );
});
