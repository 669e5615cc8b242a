import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createTextFinder } from '../../src/text/text-finder.ts';

it('finds a needle when the text contains it', () => {
  const word = (length: number) => fc.stringMatching(new RegExp(`^[abc]{1,${length}}$`));
  fc.assert(
    fc.property(fc.array(word(4), { maxLength: 5 }), word(14), (needles, text) => {
      expect(createTextFinder(needles)(text)).toBe(needles.some((needle) => text.includes(needle)));
    }),
    { numRuns: 1_000 },
  );
});

it('an empty needle is in no text', () => {
  expect(createTextFinder([''])('anything')).toBe(false);
});
