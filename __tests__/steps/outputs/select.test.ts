import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printJson } from '../../../src/statefile/json-tree.ts';
import { parseDefaults } from '../../../src/steps/outputs/defaults.ts';
import { selectOutputs } from '../../../src/steps/outputs/select.ts';
import { ADDRESS, makeState } from './support.ts';

const STATE = makeState({ url: 'https://x', 'db-host': 'h', db_name: 'n', 'DB-port': 1 });

function select(patterns: string[], defaults = '{}', state: typeof STATE | 'none' = STATE) {
  const selected = selectOutputs(ADDRESS, state === 'none' ? undefined : state, {
    select: patterns,
    defaults: parseDefaults(defaults) ?? new Map(),
  });
  return { ...selected, names: selected.outputs.map(({ name }) => name) };
}

describe('selecting outputs', () => {
  it('without a selection takes all, in the order of their names', () => {
    expect(select([]).names).toEqual(['DB-port', 'db-host', 'db_name', 'url']);
  });

  it.each([
    [['url'], ['url']],
    [['db*'], ['db-host', 'db_name']],
    [
      ['db?name', 'url'],
      ['db_name', 'url'],
    ],
    [['*'], ['DB-port', 'db-host', 'db_name', 'url']],
    [['*-*o*'], ['DB-port', 'db-host']],
  ])('%j takes %j', (patterns, names) => {
    expect(select(patterns)).toMatchObject({ names, unmatched: [] });
  });

  it('names the patterns that match nothing, and the outputs that exist', () => {
    const { unmatched, available } = select(['url', 'ulr', 'x*', '.*', 'URL']);
    expect(unmatched).toEqual(['ulr', 'x*', '.*', 'URL']);
    expect(available).toEqual(['DB-port', 'db-host', 'db_name', 'url']);
  });

  it('a name matches itself, whatever it contains', () => {
    const check = (name: string) => {
      fc.pre(!/[*?]/.test(name));
      const state = makeState({ [name]: 1, other: 2 });
      expect(select([name], '{}', state).names).toEqual([name]);
    };
    fc.assert(fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), check));
  });
});

describe('defaults', () => {
  it('stand in for outputs that the state does not have, and only for them', () => {
    const { outputs } = select(['url', 'extra'], '{"url": "unused", "extra": 12345678901234567890}');
    expect(outputs).toEqual([
      {
        name: 'extra',
        value: { digits: '12345678901234567890' },
        type: 'number',
        sensitive: false,
        isDefault: true,
      },
      { name: 'url', value: 'https://x', type: 'dynamic', sensitive: false, isDefault: false },
    ]);
  });

  it('are the only outputs when there is no state', () => {
    const { names, header } = select([], '{"b": 1, "a": null}', 'none');
    expect({ names, header }).toEqual({ names: ['a', 'b'], header: undefined });
  });

  it('have the types that Terraform gives them', () => {
    const { outputs } = select(['v'], '{"v": [1, "a", null, {"x": true}]}');
    expect(outputs[0]?.type).toBe('tuple([number, string, dynamic, object({ x = bool })])');
  });

  it.each(['', '[]', '1', '{', '{"a":}', '{} {}', 'null'])('%s is not a default', (text) => {
    expect(parseDefaults(text)).toBeUndefined();
  });

  it('are passed on as they were written', () => {
    expect(printJson(parseDefaults('{"a":1.10,"b":[1e400,"\\u00e4"]}') ?? null)).toBe(
      '{"a":1.10,"b":[1e400,"ä"]}',
    );
  });
});
