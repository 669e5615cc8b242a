import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSerialFinder } from '../../src/statefile/serial-finder.ts';

/** The text with its serial replaced, read in chunks of this size; undefined when no serial was found. */
function rewrite(text: string, serial: string, pieces = 7): string | undefined {
  const bytes = Buffer.from(text);
  const finder = createSerialFinder();
  for (let at = 0; at < bytes.length; at += pieces) finder.write(bytes.subarray(at, at + pieces));
  const location = finder.end();
  if (location === undefined) return undefined;
  const { at, length } = location;
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(serial), bytes.subarray(at + length)]).toString();
}

describe('the serial of a state', () => {
  it('is found at any position, and nothing else changes', () => {
    const names = fc.constantFrom('a', 'lineage', 'resources', 'é', '"', 'serial_');
    const nested = fc.record({ serial: fc.integer(), deep: fc.array(fc.record({ serial: fc.string() })) });
    const members = fc.dictionary(names, fc.oneof(fc.jsonValue(), nested));
    const bits = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(members, members, bits, bits, fc.nat(4), fc.integer({ min: 1, max: 9 }), (...given) => {
        const [before, after, serial, next, indent, pieces] = given;
        const print = (value: bigint) => {
          const state = { ...before, serial: 'HERE', ...after };
          return JSON.stringify(state, null, indent).replace('"HERE"', String(value));
        };
        fc.pre(!JSON.stringify([before, after]).includes('HERE'));
        expect(rewrite(print(serial), String(next), pieces)).toBe(print(next));
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['{"\\u0073erial":7}', '{"\\u0073erial":8}'],
    ['{"serial" :\n 7\n}', '{"serial" :\n 8\n}'],
    ['{"SERIAL":7}', '{"SERIAL":8}'],
    ['{"serial":7,"serial":9}', undefined],
    ['{"serial":7,"Serial":9}', undefined],
    ['{"serial":"7"}', undefined],
    ['{"serial":null}', undefined],
    ['{"serial":{"serial":7}}', undefined],
    ['{"resources":[{"serial":7}]}', undefined],
    ['[{"serial":7}]', undefined],
    ['{"serial":7', undefined],
    ['', undefined],
  ])('of %s becomes %s', (text, expected) => {
    expect(rewrite(text, '8')).toBe(expected);
  });
});
