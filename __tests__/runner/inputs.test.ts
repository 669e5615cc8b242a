import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createInputReader, inputVariable } from '../../src/runner/inputs.ts';

/** A reader over inputs by their names in action.yml. */
function reader(inputs: Record<string, string>, env: Record<string, string> = {}) {
  const given = Object.entries(inputs).map(([name, value]) => [inputVariable(name), value]);
  return createInputReader({ ...env, ...Object.fromEntries(given) });
}

describe('inputs', () => {
  it("are found under the runner's names: upper case, underscores for spaces", () => {
    expect(inputVariable('lock_timeout')).toBe('INPUT_LOCK_TIMEOUT');
    expect(inputVariable('two words')).toBe('INPUT_TWO_WORDS');
  });

  it('are trimmed, and an empty or blank one counts as not given', () => {
    const inputs = reader({ bucket: '  b \n', key: '', region: ' \t ', encrypt: '', max_retries: ' ' });
    expect(inputs.text('bucket')).toBe('b');
    expect(inputs.text('key')).toBeUndefined();
    expect(inputs.text('region')).toBeUndefined();
    expect(inputs.text('never_given')).toBeUndefined();
    expect(inputs.boolean('encrypt')).toBeUndefined();
    expect(inputs.integer('max_retries', 0)).toBeUndefined();
    expect(inputs.problems).toEqual([]);
  });

  it.each([
    ['true', true],
    ['True', true],
    ['TRUE', true],
    ['false', false],
    ['False', false],
    ['FALSE', false],
  ])('%s is a boolean', (value, expected) => {
    expect(reader({ encrypt: value }).boolean('encrypt')).toBe(expected);
  });

  it.each(['yes', 'no', 'on', '1', '0', 'tRUE', 'ture', 'true false'])('%j is no boolean', (value) => {
    const inputs = reader({ encrypt: value });
    expect(inputs.boolean('encrypt')).toBeUndefined();
    expect(inputs.problems).toEqual([{ input: 'encrypt', value, fix: 'use true or false' }]);
  });

  it.each(['-1', '1.0', '1e3', '0x10', '5 ', '٣', '99999999999999999999', 'five', '4'])(
    '%j is no whole number of at least 5, even if trimmed',
    (value) => {
      const inputs = reader({ max_retries: value });
      const expected = value.trim() === '5' ? 5 : undefined;
      expect(inputs.integer('max_retries', 5)).toBe(expected);
      expect(inputs.problems.length).toBe(expected === undefined ? 1 : 0);
    },
  );

  it('accept any safe whole number', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        expect(reader({ n: String(value) }).integer('n', 0)).toBe(value);
      }),
    );
  });

  it('accept durations and choices, and errors list what is allowed', () => {
    const good = reader({ lock_timeout: '1h30m', push: 'never' });
    expect(good.duration('lock_timeout')).toBe(5_400_000);
    expect(good.choice('push', ['changed', 'never'])).toBe('never');
    const bad = reader({ lock_timeout: '10', push: 'Never', one: 'b', many: 'x' });
    bad.duration('lock_timeout');
    bad.choice('push', ['changed', 'never']);
    bad.choice('one', ['a']);
    bad.choice('many', ['a', 'b', 'c']);
    expect(bad.problems.map(({ fix }) => fix)).toEqual([
      'use a duration as Terraform writes it: 0s, 90s, 10m or 1h30m',
      'use changed or never',
      'use a',
      'use a, b or c',
    ]);
  });

  it('use the first environment variable that is not empty', () => {
    const inputs = reader({}, { FIRST: '', SECOND: '  ', THIRD: ' x ', FOURTH: 'y' });
    expect(inputs.environment('FIRST', 'SECOND', 'THIRD', 'FOURTH')).toBe('x');
    expect(inputs.environment('FIRST', 'NONE')).toBeUndefined();
  });

  it("collect every problem, including the caller's, in order", () => {
    const inputs = reader({ encrypt: 'maybe', max_retries: 'many' });
    inputs.boolean('encrypt');
    inputs.reject('key', undefined, 'give one');
    inputs.integer('max_retries', 0);
    expect(inputs.problems.map(({ input }) => input)).toEqual(['encrypt', 'key', 'max_retries']);
  });
});
