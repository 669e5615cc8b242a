import { describe, expect, it } from 'vitest';
import { printJson } from '../../src/statefile/json-tree.ts';
import { createOutputsReader } from '../../src/statefile/outputs.ts';
import { parseLookup, type ResourceLookup } from '../../src/statefile/parse-lookup.ts';
import { formatLookup } from '../../src/statefile/resource-lookup.ts';

const STATE = {
  version: 4,
  terraform_version: '1.11.4',
  serial: 7,
  lineage: 'l-1',
  outputs: { url: { value: 'u', type: 'string' } },
  resources: [
    {
      mode: 'managed',
      type: 'aws_vpc',
      name: 'main',
      instances: [
        {
          schema_version: 1,
          attributes: { id: 'vpc-1', tags: { Name: 'n', 'a.b': 'ab' }, blocks: [{ cidr: '10/8', no: 1.1 }] },
          sensitive_attributes: [],
        },
      ],
    },
    {
      module: 'module.net["eu"].module.sub',
      mode: 'managed',
      type: 'aws_subnet',
      name: 'private',
      instances: [
        { index_key: 1, attributes: { id: 's-1' }, sensitive_attributes: [] },
        { index_key: 0, deposed: 'aabbccdd', attributes: { id: 'old' }, sensitive_attributes: [] },
        { index_key: 0, attributes: { id: 's-0' }, sensitive_attributes: [] },
      ],
    },
    {
      mode: 'data',
      type: 'aws_zone',
      name: 'by_key',
      instances: [
        { index_key: 'b', attributes: { id: 'z-b' }, sensitive_attributes: [] },
        { index_key: 'a', attributes: { id: 'z-a' }, sensitive_attributes: [] },
      ],
    },
    {
      mode: 'managed',
      type: 'db',
      name: 'main',
      instances: [
        {
          attributes: {
            id: 'db-1',
            settings: { user: 'u', key: 'k' },
            list: ['a', 'b'],
            password: 'p',
            secret_arn: 'arn',
          },
          sensitive_attributes: [
            [
              { type: 'get_attr', value: 'settings' },
              { type: 'get_attr', value: 'key' },
            ],
            [
              { type: 'get_attr', value: 'list' },
              { type: 'index', value: { value: 0, type: 'number' } },
            ],
          ],
        },
      ],
    },
    ...['eu', 'u"s'].flatMap((region) =>
      [1, 0].map((i) => ({
        module: `module.vpc[${JSON.stringify(region)}].module.zone[${i}]`,
        mode: 'managed',
        type: 'aws_subnet',
        name: 'own',
        instances: [0, 1].map((n) => ({
          index_key: n,
          attributes: { id: `${region}-${i}-${n}` },
          sensitive_attributes: [],
        })),
      })),
    ),
    { mode: 'managed', type: 'old', name: 'unmarked', instances: [{ attributes: { id: 'o' } }] },
    {
      mode: 'managed',
      type: 'random_password',
      name: 'p',
      instances: [{ attributes: { result: 'r' }, sensitive_attributes: [] }],
    },
  ],
  check_results: null,
};

function parse(address: string): ResourceLookup {
  const lookup = parseLookup('it', address);
  if (lookup === undefined) throw new Error(`${address} is no address`);
  return lookup;
}

/** Looks up in any chunking of the text. */
function lookUp(address: string, { text = JSON.stringify(STATE), piece = 7 } = {}) {
  const reader = createOutputsReader([parse(address)]);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += piece) {
    if (reader.write(bytes.subarray(at, at + piece))) break;
  }
  const check = reader.end();
  if (check.kind === 'invalid') return check.detail;
  const finding = check.state.lookups?.get('it');
  if (finding?.kind !== 'found') return finding?.kind;
  return [printJson(finding.value), finding.sensitive ? 'sensitive' : 'open'];
}

describe('an attribute of a resource', () => {
  it.each([
    ['aws_vpc.main.id', ['"vpc-1"', 'open']],
    ['aws_vpc.main.tags', ['{"Name":"n","a.b":"ab"}', 'open']],
    ['aws_vpc.main.tags["a.b"]', ['"ab"', 'open']],
    ['aws_vpc.main.blocks[0].no', ['1.1', 'open']],
    ['module.net["eu"].module.sub.aws_subnet.private[0].id', ['"s-0"', 'open']],
    ['module.net["eu"].module.sub.aws_subnet.private[*].id', ['["s-0","s-1"]', 'open']],
    ['module.net[*].module.sub.aws_subnet.private[0].id', ['{"eu":"s-0"}', 'open']],
    ['module.net["eu"].module.sub[*].aws_subnet.private.*.id', ['[["s-0","s-1"]]', 'open']],
    ['module.vpc["eu"].module.zone[*].aws_subnet.own[1].id', ['["eu-0-1","eu-1-1"]', 'open']],
    ['module.vpc[*].module.zone[1].aws_subnet.own[0].id', ['{"eu":"eu-1-0","u\\"s":"u\\"s-1-0"}', 'open']],
    [
      'module.vpc[*].module.zone.*.aws_subnet.own[*].id',
      [
        '{"eu":[["eu-0-0","eu-0-1"],["eu-1-0","eu-1-1"]],"u\\"s":[["u\\"s-0-0","u\\"s-0-1"],["u\\"s-1-0","u\\"s-1-1"]]}',
        'open',
      ],
    ],
    ['module.other[*].aws_subnet.own[0].id', 'no_instance'],
    ['module.vpc[*].aws_subnet.own[0].id', 'no_instance'],
    ['data.aws_zone.by_key["a"].id', ['"z-a"', 'open']],
    ['data.aws_zone.by_key[*].id', ['{"a":"z-a","b":"z-b"}', 'open']],
    ['db.main.id', ['"db-1"', 'open']],
    ['db.main.settings.user', ['"u"', 'open']],
    ['db.main.settings.key', ['"k"', 'sensitive']],
    ['db.main.settings', ['{"user":"u","key":"k"}', 'sensitive']],
    ['db.main.list[0]', ['"a"', 'sensitive']],
    ['db.main.list[1]', ['"b"', 'open']],
    ['db.main.password', ['"p"', 'sensitive']],
    ['db.main.secret_arn', ['"arn"', 'open']],
    ['old.unmarked.id', ['"o"', 'sensitive']],
    ['random_password.p.result', ['"r"', 'sensitive']],
    ['aws_vpc.other.id', 'no_instance'],
    ['aws_vpc.main[0].id', 'no_instance'],
    ['aws_subnet.private[0].id', 'no_instance'],
    ['aws_vpc.main.arn', 'no_attribute'],
    ['aws_vpc.main.blocks["0"].no', 'no_attribute'],
    ['aws_vpc.main.blocks[1].no', 'no_attribute'],
  ])('%s is %j', (address, expected) => {
    expect(lookUp(address)).toEqual(expected);
    expect(lookUp(address, { piece: 100_000, text: JSON.stringify(STATE, null, 2) })).toEqual(expected);
  });

  it('is found by an address as Terraform prints it', () => {
    const address = 'module.a["x\\"y"].module.b[2].data.aws_zone.z["$${k}"]';
    expect(formatLookup(parse(`${address}.id`))).toBe(address);
    expect(formatLookup(parse('aws_vpc.v[*].id'))).toBe('aws_vpc.v[*]');
    expect(formatLookup(parse('module.a.*.module.b["[*]"].aws_vpc.v[0].id'))).toBe(
      'module.a[*].module.b["[*]"].aws_vpc.v[0]',
    );
  });

  it.each([
    '',
    'aws_vpc',
    'aws_vpc.main',
    'aws_vpc.main[0]',
    'module.a',
    'module.a.id',
    'aws_vpc.v[*].ids[*]',
    'aws_vpc.*.id',
    'module.*.aws_vpc.v.id',
    'module.a.*.id',
    'aws_vpc..id',
    'aws vpc.v.id',
    'aws_vpc.v["a].id',
    'aws_vpc.v.id.',
    '.aws_vpc.v.id',
  ])('%j is none', (address) => {
    expect(parseLookup('it', address)).toBeUndefined();
  });

  it('causes an error when a resource names its type after its instances', () => {
    const [first] = STATE.resources;
    const { mode, type, name, instances } = first ?? {};
    const text = JSON.stringify({ ...STATE, resources: [{ instances, mode, type, name }] });
    expect(lookUp('aws_vpc.main.id', { text })).toContain('after their instances');
  });

  it("doesn't exist in a state without resources", () => {
    expect(lookUp('aws_vpc.main.id', { text: JSON.stringify({ ...STATE, resources: null }) })).toBe(
      'no_instance',
    );
  });
});
