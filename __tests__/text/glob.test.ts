import fc from 'fast-check';
import { expect, it } from 'vitest';
import { matchesGlob } from '../../src/text/glob.ts';

it('a glob matches what the equivalent regular expression matches', () => {
  const glob = fc.stringMatching(/^[ab*?]{0,8}$/);
  const text = fc.stringMatching(/^[ab*?]{0,10}$/);
  fc.assert(
    fc.property(glob, text, (pattern, name) => {
      const source = pattern.replaceAll('*', '.*').replaceAll('?', '.');
      expect(matchesGlob(pattern, name)).toBe(new RegExp(`^${source}$`, 'su').test(name));
    }),
    { numRuns: 500 },
  );
});

it.each([
  ['?', '🎉', true],
  ['a.b', 'axb', false],
  ['[a]', 'a', false],
  ['', '', true],
  ['*', '', true],
])('whether %s matches %s: %s', (glob, text, fits) => {
  expect(matchesGlob(glob, text)).toBe(fits);
});

it('a glob without special characters matches only itself', () => {
  const address = fc.stringMatching(/^[a-z_.[\]"0-9-]{1,12}$/);
  fc.assert(
    fc.property(address, address, (glob, other) => {
      expect(matchesGlob(glob, glob)).toBe(true);
      expect(matchesGlob(glob, other)).toBe(other === glob);
    }),
  );
});
