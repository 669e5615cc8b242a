import { describe, expect, it } from 'vitest';
import { checkPlan } from '../../../src/steps/outputs/check-plan.ts';
import { ownOutputs } from '../../../src/steps/outputs/own-outputs.ts';
import { planOutputs } from '../../../src/steps/outputs/plan.ts';
import { selectFrom } from '../../../src/steps/outputs/read-states.ts';
import { OutputsRefused } from '../../../src/steps/outputs/refusal.ts';
import { makeAddress, makeState } from './support.ts';

const NETWORK = makeState({ vpc_id: 'vpc-1', zones: ['a'] });
const DNS = makeState({ zone_id: 'Z1', vpc_id: 'vpc-2' }, { key: 'hunter2hunter2' }, 9);

interface Given {
  readonly states?: Readonly<Record<string, ReturnType<typeof makeState> | undefined>>;
  readonly select?: readonly string[];
  readonly defaults?: ReadonlyMap<string, string>;
  readonly allowMissing?: boolean;
}

function planFor({ states = { network: NETWORK, dns: DNS }, ...given }: Given) {
  const names = Object.keys(states);
  const selection = {
    select: given.select ?? [],
    defaults: given.defaults ?? new Map(),
    allowMissing: given.allowMissing ?? false,
    source: 'state',
    names,
    listedBy: 'states',
  } as const;
  const read = Object.values(states).map((state) => state && { ...state, bytesRead: 1 });
  const selected = selectFrom(names.map(makeAddress), read, selection);
  const inputs = {
    listedBy: 'states',
    sensitive: 'omit',
    envPrefix: undefined,
    select: selection.select,
  } as const;
  const plan = planOutputs(selected, inputs);
  checkPlan(selected, plan, 'omit');
  return { plan, own: ownOutputs(selected, 'states') };
}

const listNames = (given: Given) => planFor(given).plan.settings.map(({ name }) => name);

function catchRefusal(given: Given): readonly [string, string] | undefined {
  try {
    planFor(given);
    return undefined;
  } catch (error) {
    if (error instanceof OutputsRefused) return [error.code, error.message];
    throw error;
  }
}

describe('the outputs of several states', () => {
  it('are prefixed with the names of their states, and are objects by state in JSON', () => {
    const { plan, own } = planFor({});
    expect(plan.settings.map(({ label, name, expected }) => [label, name, name === expected])).toEqual([
      ['network.vpc_id', 'network_vpc_id', true],
      ['network.zones', 'network_zones', true],
      ['dns.vpc_id', 'dns_vpc_id', true],
      ['dns.zone_id', 'dns_zone_id', true],
    ]);
    expect(plan.omitted).toEqual([{ label: 'dns.key', why: 'sensitive' }]);
    expect(JSON.parse(own.outputs)).toEqual({
      network: { vpc_id: 'vpc-1', zones: ['a'] },
      dns: { zone_id: 'Z1', vpc_id: 'vpc-2' },
    });
    expect(own.serial).toBe('{"network":7,"dns":9}');
    expect(own.workspace).toBe('{"network":"network","dns":"dns"}');
  });

  it('are selected in all states by name, and in one state by its name', () => {
    expect(listNames({ select: ['vpc_id'] })).toEqual(['network_vpc_id', 'dns_vpc_id']);
    expect(listNames({ select: ['network.vpc_id', 'zone_*'] })).toEqual(['network_vpc_id', 'dns_zone_id']);
    expect(listNames({ select: ['dns.*'] })).toEqual(['dns_vpc_id', 'dns_zone_id']);
    expect(listNames({ select: ['zone*'] })).toEqual(['network_zones', 'dns_zone_id']);
  });

  it('a selection that matches no output of any state is refused, and the error lists what exists', () => {
    expect(catchRefusal({ select: ['network.zone_id', 'vpc_id'] })).toEqual([
      'nothing_selected',
      expect.stringMatching(
        /^Nothing in these 2 states matches select: network\.zone_id\.\n.*\n.*dns\.zone_id/,
      ),
    ]);
  });

  it('that would share one step output are refused before anything is set', () => {
    const states = { a: makeState({ b_c: 1 }), a_b: makeState({ c: 2 }) };
    expect(catchRefusal({ states })).toEqual([
      'names_collide',
      expect.stringContaining('a.b_c, a_b.c: a_b_c'),
    ]);
  });

  it('may come from defaults of their state, even if that is missing', () => {
    const defaults = new Map([
      ['network.extra', 'e'],
      ['dns.zone_id', 'none'],
    ]);
    const given = { states: { network: NETWORK, dns: undefined }, defaults, allowMissing: true };
    const { plan } = planFor(given);
    expect(plan.settings.map(({ name, value }) => [name, value])).toEqual([
      ['network_extra', 'e'],
      ['network_vpc_id', 'vpc-1'],
      ['network_zones', '["a"]'],
      ['dns_zone_id', 'none'],
    ]);
    expect(catchRefusal({ ...given, allowMissing: false })?.[0]).toBe('state_missing');
  });
});
