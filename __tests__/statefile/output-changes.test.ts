import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brokenOutputsText } from '../../src/messages/plan-text.ts';
import type { OutputChanges } from '../../src/statefile/output-changes.ts';
import { createPlanReader } from '../../src/statefile/plan-changes.ts';

const HEAD = '"format_version":"1.2","planned_values":{"outputs":{"nested":{"actions":["delete"]}}}';

function read(text: string, size = 64 * 1024): OutputChanges | undefined {
  const reader = createPlanReader();
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) reader.write(bytes.subarray(at, at + size));
  const check = reader.end();
  if (check.kind === 'invalid') throw new Error(check.detail);
  return check.outputs;
}

const plan = (outputs: unknown): string => `{${HEAD},"output_changes":${JSON.stringify(outputs)}}`;
const change = (action: string, before: unknown, after: unknown, more: object = {}) => ({
  actions: [action],
  before,
  after,
  after_unknown: false,
  before_sensitive: false,
  after_sensitive: false,
  ...more,
});
const SENSITIVE = { before_sensitive: true, after_sensitive: true };
const NONE: OutputChanges = { removed: [], retyped: [], changed: [], added: [], isComplete: true };

describe('what a plan does to outputs', () => {
  it.each<[string, object, Partial<OutputChanges>]>([
    ['a new one is added', change('create', null, 1), { added: ['o'] }],
    [
      'a new one that is unknown is added',
      change('create', null, undefined, { after_unknown: true }),
      { added: ['o'] },
    ],
    ['one that is gone is removed', change('delete', [1], null), { removed: ['o'] }],
    ['a sensitive one that is gone is removed', change('delete', 's3', null, SENSITIVE), { removed: ['o'] }],
    ['another text is changed', change('update', 'a', 'b'), { changed: ['o'] }],
    [
      'another object is changed',
      change('update', { actions: ['delete'] }, { before: 1 }),
      { changed: ['o'] },
    ],
    ['a text that becomes a list is retyped', change('update', 'a', ['a']), { retyped: ['o'] }],
    ['a number that becomes a text is retyped', change('update', 1, '1'), { retyped: ['o'] }],
    ['a list that becomes an object is retyped', change('update', [], {}), { retyped: ['o'] }],
    [
      'a sensitive text that becomes an object is retyped',
      change('update', 's3', { s3: 's3' }, SENSITIVE),
      { retyped: ['o'] },
    ],
    [
      'one that is unknown afterwards is changed',
      change('update', 1, undefined, { after_unknown: true }),
      { changed: ['o'] },
    ],
    ['one that was null is changed', change('update', null, 1), { changed: ['o'] }],
    ['one that becomes null is changed', change('update', 1, null), { changed: ['o'] }],
    ['one that stays is not listed', change('no-op', 1, 1), {}],
    ['an unknown action makes the list incomplete', change('explode', 1, 1), { isComplete: false }],
    ['no action makes the list incomplete', { before: 1 }, { isComplete: false }],
    ['no object makes the list incomplete', ['delete'], { isComplete: false }],
  ])('%s', (_, output, expected) => {
    expect(read(plan({ o: output }))).toEqual({ ...NONE, ...expected });
  });

  it.each([
    [`{${HEAD}}`, undefined],
    [plan({}), NONE],
    [plan(null), NONE],
    [plan([1]), { ...NONE, isComplete: false }],
    [plan('x'), { ...NONE, isComplete: false }],
  ])('%# may be nothing or not a list of outputs', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it('is read the same in any chunks, sorted, and no value is kept', () => {
    const outputs = {
      z: change('delete', 'hunter2', null),
      a: change('delete', { 'hunter2\n': 'hunter2' }, null),
      m: change('update', 'hunter2', ['hunter2']),
    };
    const resources = `"resource_changes":[{"address":"a.b","change":{"actions":["create"]}}]`;
    const text = `{${HEAD},"output_changes":${JSON.stringify(outputs)},${resources}}`;
    const whole = read(text);
    expect(whole).toEqual({ ...NONE, removed: ['a', 'z'], retyped: ['m'] });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), (size) => {
        expect(read(text, size)).toEqual(whole);
      }),
      { numRuns: 20 },
    );
  });

  it('keeps only as many names as a summary can use', () => {
    const many = Array.from({ length: 10_001 }, (_, i) => [`o${i}`, change('create', null, i)]);
    const found = read(plan(Object.fromEntries(many)));
    expect(found?.isComplete).toBe(false);
    expect(found?.added).toHaveLength(10_000);
  });

  it('is a warning only when it breaks readers', () => {
    expect(brokenOutputsText('4711-1', { ...NONE, added: ['a'], changed: ['b'] })).toBeUndefined();
    expect(brokenOutputsText('4711-1', { ...NONE, removed: ['a'], retyped: ['b'] })).toBe(
      [
        'Plan 4711-1 removes or retypes outputs.',
        'Removed outputs: a.',
        'Outputs of another type: b.',
        'Jobs and states that read these outputs will fail after the apply, or get values of the wrong type. Change those first.',
      ].join('\n'),
    );
  });
});
