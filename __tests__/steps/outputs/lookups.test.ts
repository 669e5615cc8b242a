import { describe, expect, it } from 'vitest';
import { createInputReader } from '../../../src/runner/inputs.ts';
import { createOutputsReader } from '../../../src/statefile/outputs.ts';
import type { StateList } from '../../../src/steps/outputs/listed-states.ts';
import { addLookups, readLookups } from '../../../src/steps/outputs/lookups.ts';
import { OutputsRefused } from '../../../src/steps/outputs/refusal.ts';
import { selectOutputs } from '../../../src/steps/outputs/select.ts';
import { ADDRESS } from './support.ts';

const ONE: StateList = { by: undefined, states: [{ name: '', replacements: {} }] };
const TWO: StateList = {
  by: 'states',
  states: [
    { name: 'net', replacements: {} },
    { name: 'dns', replacements: {} },
  ],
};

function read(lookup: string, list = ONE) {
  const reader = createInputReader({ INPUT_LOOKUP: lookup });
  return { lookups: readLookups(reader, list, 'state'), problems: reader.problems.map(({ value }) => value) };
}

const STATE = JSON.stringify({
  version: 4,
  terraform_version: '1.11.4',
  serial: 7,
  lineage: 'l',
  outputs: { url: { value: 'u', type: 'string' } },
  resources: [
    {
      mode: 'managed',
      type: 'db',
      name: 'main',
      instances: [
        {
          attributes: { id: 'db-1', key: 'hunter2hunter2' },
          sensitive_attributes: [[{ type: 'get_attr', value: 'key' }]],
        },
      ],
    },
  ],
});

function add(lookup: string, defaults: ReadonlyMap<string, string> = new Map()) {
  const { lookups } = read(lookup);
  const reader = createOutputsReader(lookups[0]);
  reader.write(Buffer.from(STATE));
  const check = reader.end();
  if (check.kind === 'invalid') throw new Error(check.detail);
  const state = selectOutputs(ADDRESS, check.state, { select: [], defaults });
  try {
    const [whole] = addLookups([state], [{ ...check.state, bytesRead: 1 }], { lookups });
    return whole?.outputs.map(({ name, value, sensitive, isDefault }) => [name, value, sensitive, isDefault]);
  } catch (error) {
    if (error instanceof OutputsRefused) return [error.code, error.message.split('\n')[0]];
    throw error;
  }
}

describe('lookups', () => {
  it('are outputs of their state, sensitive when the state says so', () => {
    expect(add('it=db.main.id\nkey = db.main.key')).toEqual([
      ['url', 'u', false, false],
      ['it', 'db-1', false, false],
      ['key', 'hunter2hunter2', true, false],
    ]);
  });

  it('that find nothing are refused, unless there is a default', () => {
    expect(add('a=db.main.arn\nb=db.other.id')).toEqual([
      'lookup_not_found',
      'lookup found nothing for a: db.main has no arn, and 1 more.',
    ]);
    expect(add('a=db.other.id', new Map([['a', 'none']]))).toEqual([
      ['url', 'u', false, false],
      ['a', 'none', false, true],
    ]);
    expect(add('a=db.main.id', new Map([['a', 'none']]))).toContainEqual(['a', 'db-1', false, false]);
  });

  it('that have the name of an output are refused', () => {
    expect(add('url=db.main.id')).toEqual(['names_collide', expect.stringMatching(/: url\.$/)]);
  });

  it('name their state when there are several', () => {
    const { lookups, problems } = read(
      'net.vpc=aws_vpc.main.id\ndns.zone=aws_zone.z.id\nnet.db=db.main.id',
      TWO,
    );
    expect(problems).toEqual([]);
    expect(lookups.map((own) => own.map(({ name }) => name))).toEqual([['vpc', 'db'], ['zone']]);
    expect(read('vpc=aws_vpc.main.id\nx.y=aws_vpc.main.id', TWO).problems).toEqual(['', 'x']);
  });

  it.each([
    ['vpc'],
    ['=aws_vpc.main.id'],
    ['a b=aws_vpc.main.id'],
    ['vpc=aws_vpc.main'],
    ['vpc=aws_vpc.*.id'],
    ['a.b=aws_vpc.main.id'],
  ])("%s can't be used", (line) => {
    expect(read(line).problems).toEqual([line]);
  });

  it('have names of their own', () => {
    expect(read('vpc=aws_vpc.main.id\nVPC=aws_vpc.main.id').problems).toEqual(['VPC']);
  });
});
