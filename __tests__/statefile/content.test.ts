import { describe, expect, it } from 'vitest';
import { compareResources } from '../../src/statefile/compare-resources.ts';
import { createStateInspector } from '../../src/statefile/inspect.ts';
import { parseResourceIndex, serializeResourceIndex } from '../../src/statefile/resource-index.ts';
import { fixture, inspectValid, resource, stateWith } from './inspect-support.ts';

const buildIndex = (...resources: object[]) => inspectValid(stateWith({ resources })).resources;
const listAddresses = (...resources: object[]) => [...(buildIndex(...resources)?.keys() ?? ['unknown'])];
const readContent = (members: object) => inspectValid(stateWith(members)).content;

describe('addresses', () => {
  it.each(['many-types', 'changed', 'destroyed'])(
    'are those that terraform state list prints: %s',
    (name) => {
      const listed = fixture(`${name}.list`).toString().split('\n');
      const managed = listed.filter((line) => line !== '' && !line.startsWith('data.'));
      expect([...(inspectValid(fixture(`${name}.tfstate`)).resources?.keys() ?? [])].sort()).toEqual(
        managed.sort(),
      );
    },
  );

  it('distinguish deposed objects', () => {
    const instances = [{ attributes: { id: 1 } }, { deposed: 'abcd1234', attributes: { id: 2 } }];
    expect(listAddresses(resource(instances))).toEqual(['test.r', 'test.r (deposed abcd1234)']);
  });

  it('escape keys as Terraform does', () => {
    const introducer = `${'$'}{x}`;
    const keys = ['a', '', introducer, '%{x}', '$x', 'é', '\u0007', '\u{e0001}', 0, 12];
    expect(listAddresses(resource(keys.map((index_key) => ({ index_key }))))).toEqual([
      'test.r["a"]',
      'test.r[""]',
      `test.r["$${introducer}"]`,
      'test.r["%%{x}"]',
      'test.r["$x"]',
      'test.r["é"]',
      'test.r["\\u0007"]',
      'test.r["\\U000e0001"]',
      'test.r[0]',
      'test.r[12]',
    ]);
  });

  it("don't depend on the order of members", () => {
    const { mode, type, name, instances } = {
      mode: 'managed',
      type: 't',
      name: 'n',
      instances: [{ attributes: {}, index_key: 1 }],
    };
    expect(listAddresses({ instances, name, type, module: 'module.m["x"]', mode })).toEqual([
      'module.m["x"].t.n[1]',
    ]);
  });

  it('omit data sources', () => {
    expect(listAddresses(resource([{}], { mode: 'data' }), resource([{}], { name: 's' }))).toEqual([
      'test.s',
    ]);
  });

  it.each([
    ['a resource without a type', [{ mode: 'managed', name: 'n', instances: [{}] }]],
    ['a resource that is not an object', [7]],
    ['an array of arrays', [[resource([{}])]]],
    ['an instance that is not an object', [resource([{}]), { ...resource([]), instances: ['x'] }]],
    ['instances by name', [{ ...resource([]), instances: { a: {} } }]],
  ])('are unknown in a state with %s', (_, resources) => {
    expect(inspectValid(stateWith({ resources })).resources).toBeUndefined();
  });

  it.each([
    [{ instances: 2, addressLength: 1000 }, false],
    [{ instances: 3, addressLength: 1000 }, true],
    [{ instances: 3, addressLength: 20 }, false],
  ])('are unknown above the limits %j', (limits, known) => {
    const inspector = createStateInspector(limits);
    inspector.write(
      Buffer.from(stateWith({ resources: [resource([0, 1, 2].map((index_key) => ({ index_key })))] })),
    );
    const inspection = inspector.end();
    expect(inspection.kind === 'state' && inspection.resources !== undefined).toBe(known);
  });
});

describe('the change between two states', () => {
  it('is computed for two states that terraform wrote', () => {
    const before = inspectValid(fixture('many-types.tfstate')).resources;
    const after = inspectValid(fixture('changed.tfstate')).resources;
    expect(compareResources(before, after)).toEqual({
      added: [],
      changed: ['terraform_data.replaced', 'terraform_data.single', 'terraform_data.tainted'],
      removed: [],
    });
    const destroyed = inspectValid(fixture('destroyed.tfstate')).resources;
    expect(compareResources(after, destroyed)?.removed).toHaveLength(after?.size ?? -1);
    expect(compareResources(destroyed, after)?.added).toEqual([...(after?.keys() ?? [])].sort());
  });

  it.each([
    ['attributes', { attributes: { a: 1 } }, { attributes: { a: 2 } }],
    ['the type of a value', { attributes: { a: 1 } }, { attributes: { a: '1' } }],
    ['where a string ends', { attributes: { a: ['x', 'y'] } }, { attributes: { a: ['xy', ''] } }],
    ['an empty attribute', { attributes: { a: null } }, { attributes: {} }],
    ['taint', { attributes: {} }, { attributes: {}, status: 'tainted' }],
    ['flat attributes', { attributes_flat: { a: '1' } }, { attributes_flat: { a: '2' } }],
  ])('is %s', (_, before, after) => {
    expect(compareResources(buildIndex(resource([before])), buildIndex(resource([after])))?.changed).toEqual([
      'test.r',
    ]);
  });

  it("is detected in numbers beyond a double's precision", () => {
    const index = (digits: string) =>
      inspectValid(stateWith({ resources: [resource([{ attributes: { n: '#' } }])] }).replace('"#"', digits))
        .resources;
    for (const digits of ['1234567890123456789', '0.100000000000000005551115123125782']) {
      expect(compareResources(index(`${digits}0`), index(`${digits}1`))?.changed).toEqual(['test.r']);
      expect(compareResources(index(`${digits}0`), index(`${digits}0`))?.changed).toEqual([]);
    }
  });

  it("ignores Terraform's internal data", () => {
    const before = buildIndex(resource([{ attributes: { a: 1 }, dependencies: ['a.b'], private: 'eA==' }]));
    const after = buildIndex(
      resource([{ schema_version: 2, attributes: { a: 1 }, sensitive_attributes: [] }]),
    );
    expect(compareResources(before, after)).toEqual({ added: [], changed: [], removed: [] });
  });

  it('is unknown when either side is', () => {
    expect(compareResources(undefined, new Map())).toBeUndefined();
    expect(compareResources(new Map(), undefined)).toBeUndefined();
  });
});

describe('the content of a state', () => {
  const attributes = { text: 'a<b>&"é\u2028😀' };

  it('is the same in any layout and with any escapes', () => {
    const plain = stateWith({ resources: [resource([{ attributes }])] });
    const escaped = plain
      .replaceAll(/[<>&é\u2028]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .replaceAll('😀', '\\ud83d\\uDE00');
    expect(escaped).not.toBe(plain);
    expect(inspectValid(escaped)).toEqual(inspectValid(plain));
    expect(inspectValid(JSON.stringify(JSON.parse(plain), null, 2))).toEqual(inspectValid(plain));
  });

  it('distinguishes a lone surrogate from its replacement character', () => {
    const of = (text: string) => inspectValid(stateWith({ outputs: { o: '#' } }).replace('#', text)).content;
    expect(
      new Set([of('\\ud83d'), of('\\ude00'), of('\\ufffd'), of('\\ud83d\\ude00'), of('\\ud83dx')]).size,
    ).toBe(5);
  });

  it('ignores the identity members of newer releases', () => {
    const old = resource([{ schema_version: 0, attributes, sensitive_attributes: [] }]);
    const newer = resource([
      { schema_version: 0, attributes, sensitive_attributes: [], identity_schema_version: 0 },
    ]);
    expect(readContent({ resources: [newer] })).toBe(readContent({ resources: [old] }));
    const identified = resource([{ attributes, identity_schema_version: 1, identity: { id: 'x' } }]);
    expect(readContent({ resources: [identified] })).not.toBe(readContent({ resources: [old] }));
    expect(listAddresses(identified)).toEqual(['test.r']);
  });

  it('is read in compact form, with a provider for each instance and deprecated outputs', () => {
    const outputs = { o: { value: 1, type: 'number', deprecated: 'use p' } };
    const instances = [
      { index_key: 'eu', provider: 'provider["registry.opentofu.org/hashicorp/aws"].by["eu"]', attributes },
    ];
    const state = inspectValid(
      stateWith({ outputs, resources: [resource(instances, { provider: undefined })] }),
    );
    expect([...(state.resources?.keys() ?? [])]).toEqual(['test.r["eu"]']);
  });

  it.each([
    [
      'an output',
      { outputs: { o: { value: 1, type: 'number' } } },
      { outputs: { o: { value: 2, type: 'number' } } },
    ],
    [
      'an empty output',
      { outputs: { o: { value: '', type: 'string' } } },
      { outputs: { o: { value: null, type: 'string' } } },
    ],
    [
      'the key of an instance',
      { resources: [resource([{ index_key: 0 }])] },
      { resources: [resource([{}])] },
    ],
    [
      'the kind of a key',
      { resources: [resource([{ index_key: '0' }])] },
      { resources: [resource([{ index_key: 0 }])] },
    ],
    ['dependencies', { resources: [resource([{ dependencies: ['a.b'] }])] }, { resources: [resource([{}])] }],
    [
      'private data',
      { resources: [resource([{ private: 'eA==' }])] },
      { resources: [resource([{ private: 'eQ==' }])] },
    ],
    [
      'a data source',
      { resources: [resource([{ attributes: { a: 1 } }], { mode: 'data' })] },
      { resources: [resource([{ attributes: { a: 2 } }], { mode: 'data' })] },
    ],
  ])('differs by %s', (_, one, other) => {
    expect(readContent(one)).not.toBe(readContent(other));
  });

  it('ignores the Terraform version and check results', () => {
    expect(readContent({ terraform_version: '1.12.0', serial: 9, check_results: null })).toBe(
      readContent({ check_results: [] }),
    );
  });
});

describe('a resource index on its way to post', () => {
  it('survives the round trip', () => {
    const index = inspectValid(fixture('many-types.tfstate')).resources;
    expect(parseResourceIndex(serializeResourceIndex(index))).toEqual(index);
    expect(parseResourceIndex(serializeResourceIndex(new Map()))).toEqual(new Map());
    expect(parseResourceIndex(serializeResourceIndex(undefined))).toBeUndefined();
  });

  it.each([
    '',
    '{',
    'null',
    '{}',
    '[1]',
    '[["a"]]',
    '[["a","short"]]',
    '[["",""]]',
    '[["a",1]]',
    '[["a","0123456789abcdef","x"]]',
  ])('is unknown when damaged: %s', (text) => {
    expect(parseResourceIndex(text)).toBeUndefined();
  });
});
