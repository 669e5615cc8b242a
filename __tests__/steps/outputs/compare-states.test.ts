import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StateOutputs } from '../../../src/statefile/outputs.ts';
import { compareStates, type EarlierState, NOTHING } from '../../../src/steps/outputs/compare-states.ts';
import { selectFrom } from '../../../src/steps/outputs/read-states.ts';
import { ADDRESS, makeState } from './support.ts';

const typed = (values: Record<string, readonly [type: string, value: unknown]>): StateOutputs => {
  const state = makeState(
    Object.fromEntries(Object.entries(values).map(([name, [, value]]) => [name, value])),
  );
  const outputs = [...state.outputs].map(
    ([name, output]) => [name, { ...output, type: values[name]?.[0] ?? '' }] as const,
  );
  return { ...state, outputs: new Map(outputs) };
};

function compare(now: StateOutputs, before: EarlierState, select: readonly string[] = []) {
  const list = { listedBy: undefined, names: [''] } as const;
  const selection = {
    select: [],
    defaults: new Map([['zz', 'default']]),
    allowMissing: false,
    source: 'state',
    ...list,
  } as const;
  const [state] = selectFrom([ADDRESS], [{ ...now, bytesRead: 1 }], selection);
  if (state === undefined) throw new Error('one state was selected');
  const chosen = state.outputs.filter(({ name }) => select.length === 0 || select.includes(name));
  return compareStates([{ ...state, outputs: chosen }], [before], { listedBy: undefined, select });
}

const whole = ({ outputs }: StateOutputs): EarlierState => ({ outputs, isWhole: true });

describe('the changes of outputs', () => {
  const before = typed({
    same: ['string', 'a'],
    value: ['string', 'b'],
    type: ['string', '1'],
    gone: ['string', 'd'],
  });
  const now = typed({
    same: ['string', 'a'],
    value: ['string', 'B'],
    type: ['number', 1],
    fresh: ['bool', true],
  });

  it('put each output in one list, and ignore those that a default replaces', () => {
    expect(compare(now, whole(before))).toEqual({
      added: ['fresh'],
      changed: ['value'],
      removed: ['gone'],
      retyped: ['type'],
    });
    expect(compare(now, NOTHING)).toEqual({
      added: ['fresh', 'same', 'type', 'value'],
      changed: [],
      removed: [],
      retyped: [],
    });
  });

  it('include selected outputs only', () => {
    expect(compare(now, whole(before), ['same', 'value', 'zz'])).toEqual({
      added: [],
      changed: ['value'],
      removed: [],
      retyped: [],
    });
  });

  it('compare a file of values as far as possible', () => {
    const file: EarlierState = { outputs: before.outputs, isWhole: false };
    const list = typed({
      same: ['list(string)', ['a']],
      value: ['string', 'B'],
      type: ['string', null],
      gone: ['dynamic', 'd'],
    });
    expect(compare(list, file)).toEqual({
      added: [],
      changed: ['type', 'value'],
      removed: [],
      retyped: ['same'],
    });
    const secret = makeState({}, { password: 'hunter2hunter2' });
    expect(compare(secret, { outputs: new Map(), isWhole: false }).added).toEqual([]);
    expect(compare(secret, NOTHING).added).toEqual(['password']);
  });

  it('of a lookup goes by its value, which has no type of its own', () => {
    const [state] = selectFrom([ADDRESS], [{ ...makeState({}), bytesRead: 1 }], {
      select: [],
      defaults: new Map(),
      allowMissing: false,
      source: 'state',
      listedBy: undefined,
      names: [''],
    });
    if (state === undefined) throw new Error('one state was selected');
    const ids = { name: 'ids', type: 'tuple([string, string])', sensitive: false, isLookup: true };
    const outputs = [{ ...ids, value: ['a', 'b'], isDefault: false }];
    const since = (before: EarlierState) =>
      compareStates([{ ...state, outputs }], [before], { listedBy: undefined, select: ['url'] });
    const earlier = new Map([['ids', { value: ['a'], type: 'tuple([string])', sensitive: false }]]);
    const nothing = { added: [], changed: [], removed: [], retyped: [] };
    expect(since({ outputs: earlier, isWhole: true })).toEqual({ ...nothing, changed: ['ids'] });
    expect(since(NOTHING)).toEqual({ ...nothing, added: ['ids'] });
    const published = { outputs: new Map(), isWhole: true, isWithoutResources: true };
    expect(since(published)).toEqual(nothing);
  });

  it('are empty between equal states, and are reversed in the other direction', () => {
    const values = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom(1, 'x', true, null));
    const check = (one: Record<string, unknown>, other: Record<string, unknown>) => {
      const from = makeState(one);
      const to = makeState(other);
      expect(Object.values(compare(to, whole(to))).flat()).toEqual([]);
      const there = compare(to, whole(from));
      const back = compare(from, whole(to));
      expect([there.added, there.removed, there.changed]).toEqual([back.removed, back.added, back.changed]);
    };
    fc.assert(fc.property(values, values, check));
  });
});
