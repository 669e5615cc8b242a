import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonValue, printJson } from '../../../src/statefile/json-tree.ts';
import { parseDefaults } from '../../../src/steps/outputs/defaults.ts';
import { masksFor } from '../../../src/steps/outputs/masks.ts';
import { createMasks } from '../../support/runner-masks.ts';

function makeTree(json: unknown): JsonValue {
  return (
    parseDefaults(`{"value":${typeof json === 'string' ? json : JSON.stringify(json)}}`)?.get('value') ?? null
  );
}

describe('the masks of a sensitive value', () => {
  it.each([
    ['"hunter22"', ['hunter22']],
    ['12345678901234567890', ['12345678901234567890']],
    ['["first-secret", {"a": "second-secret", "b": null, "c": ""}]', ['first-secret', 'second-secret']],
    ['"line one\\n  line two\\r\\n"', ['line one', 'line two']],
    ['"{\\n\\"key\\": \\"private\\"\\n}\\n"', ['"key": "private"']],
    ['" padded secret "', ['padded secret']],
    ['["same-secret", "same-secret"]', ['same-secret']],
  ])('of %s: %j', (json, masks) => {
    expect(masksFor(makeTree(json))).toEqual(masks);
  });

  it.each([
    ['"abc"'],
    ['"hunter2"'],
    ['"test"'],
    ['"   a"'],
    ['"!!!"'],
    ['"\\"abc\\""'],
    ['"true"'],
    ['true'],
    ['false'],
    ['443'],
    ['""'],
    ['null'],
    ['[]'],
    ['{}'],
    ['"a long first line\\nx1"'],
    ['{"password": "long enough", "enabled": true}'],
    ['{"password": "long enough", "port": 1}'],
  ])("%s can't be masked", (json) => {
    expect(masksFor(makeTree(json))).toBeUndefined();
  });

  it('hide every leaf from the log, also in the JSON of the whole value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        const value = makeTree(json);
        const masks = masksFor(value);
        fc.pre(masks !== undefined);
        const log = createMasks();
        for (const mask of masks ?? []) log.add(mask);
        const shown = log.apply(printJson(value));
        for (const mask of masks ?? []) {
          expect(mask.length).toBeGreaterThanOrEqual(8);
          expect(shown).not.toContain(mask);
        }
      }),
    );
  });

  it('are never so short that they would mask half of the log', () => {
    const hidden = (value: string): boolean => {
      const log = createMasks();
      for (const mask of masksFor(value) ?? []) log.add(mask);
      const ordinary = 'a1 b2 {} "" true false null - + 0 [x] ok\nabc';
      return log.apply(ordinary) !== ordinary;
    };
    const texts = fc.oneof(fc.string({ maxLength: 6 }), fc.stringMatching(/^["'{}\n a]{0,8}$/));
    fc.assert(fc.property(texts, (value) => !hidden(value)));
  });
});
