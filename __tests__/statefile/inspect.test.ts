import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStateInspector } from '../../src/statefile/inspect.ts';
import { fixture, inspect, inspectValid, stateWith } from './inspect-support.ts';

const MANY_TYPES = fixture('many-types.tfstate');
const SIZES = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 200 });

describe('a state that terraform wrote', () => {
  it('has its serial, lineage and version', () => {
    const written = JSON.parse(MANY_TYPES.toString());
    expect(inspectValid(MANY_TYPES).header).toEqual({
      serial: BigInt(written.serial),
      lineage: written.lineage,
      terraformVersion: '1.11.4',
    });
  });

  it('is empty after destroy, but still a state', () => {
    const { isEmpty, resources } = inspectValid(fixture('destroyed.tfstate'));
    expect({ isEmpty, count: resources?.size }).toEqual({ isEmpty: true, count: 0 });
    expect(inspectValid(MANY_TYPES).isEmpty).toBe(false);
  });

  it('is the same in any chunks', () => {
    const whole = inspect(MANY_TYPES);
    fc.assert(
      fc.property(SIZES, (sizes) => {
        expect(inspect(MANY_TYPES, sizes)).toEqual(whole);
      }),
    );
  });

  it('is the same one byte at a time', () => {
    expect(inspect(MANY_TYPES, new Array(MANY_TYPES.length).fill(1))).toEqual(inspect(MANY_TYPES));
  });

  it('is truncated wherever it is cut off, and never accepted as a state', () => {
    const complete = Buffer.byteLength(MANY_TYPES.toString().trimEnd());
    for (let length = 1; length < complete; length += 7) {
      expect(inspect(MANY_TYPES.subarray(0, length))).toMatchObject({
        kind: 'invalid',
        problem: 'truncated',
      });
    }
  });

  it('may have Windows line ends, or none', () => {
    const { header, content, resources } = inspectValid(MANY_TYPES);
    for (const text of [
      MANY_TYPES.toString().replaceAll('\n', '\r\n'),
      MANY_TYPES.toString().replaceAll(/\n\s*/g, ''),
    ]) {
      expect(inspectValid(text)).toMatchObject({ header, content, resources });
    }
  });
});

describe('JSON', () => {
  const accepts = (text: string) => {
    const inspection = inspect(text);
    return inspection.kind === 'state' || !['empty', 'truncated', 'not_json'].includes(inspection.problem);
  };
  const parses = (text: string) => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  };

  it('is accepted exactly when JSON.parse accepts it', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(accepts(text)).toBe(true);
      }),
    );
    const damaged = fc
      .tuple(
        fc.json({ stringUnit: 'binary' }),
        fc.nat(),
        fc.nat(3),
        fc.constantFrom(...'{}[]",:\\-+.eE0123ut \n\u0000\u0001nfx'),
      )
      .map(([text, at, length, insert]) => {
        const start = at % (text.length + 1);
        return text.slice(0, start) + insert + text.slice(start + length);
      })
      .filter((text) => text.isWellFormed());
    fc.assert(
      fc.property(damaged, (text) => {
        expect(accepts(text)).toBe(parses(text));
      }),
      { numRuns: 5000 },
    );
  });

  it('is accepted exactly when JSON.parse accepts it, for texts of JSON’s own characters', () => {
    const soup = fc.string({
      unit: fc.constantFrom(...'{}[]",:\\-+.eE01u \ntrue', 'null', 'false', '"a"', '"\\ud800"'),
    });
    fc.assert(
      fc.property(soup, (text) => {
        expect(accepts(text)).toBe(parses(text));
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    '0',
    '-0',
    '01',
    '-',
    '1.',
    '.5',
    '1e',
    '1e+',
    '1E-9',
    '+1',
    '0x1',
    '1.5e300',
    'NaN',
    'tru',
    'truee',
    'nul',
    '"\\x"',
    '"\\u12g4"',
    '"\t"',
    '"\\ud83d\\ude00"',
    '[1,]',
    '{"a":1,}',
    '{,}',
    '[,]',
    '{"a"}',
    '{1:2}',
    '[1 2]',
    '{} {}',
    '[]]',
    '"',
    '',
  ])('%j', (text) => {
    expect(accepts(text)).toBe(parses(text));
  });

  it('reports the first byte that no continuation could make valid', () => {
    expect(inspect('{"version":4,}')).toMatchObject({
      problem: 'not_json',
      detail: expect.stringContaining('byte 13'),
    });
    expect(inspect('{"version":4}x', [5, 5])).toMatchObject({ detail: expect.stringContaining('byte 13') });
    expect(inspect(Buffer.alloc(9))).toMatchObject({
      problem: 'not_json',
      detail: expect.stringContaining('byte 0'),
    });
  });

  it('must not have a byte order mark, as in Terraform', () => {
    expect(inspect('\uFEFF{"version":4}')).toMatchObject({ problem: 'not_json' });
  });

  it('may nest as deep as in Terraform, and no deeper', () => {
    const nested = (depth: number) =>
      stateWith({ x: 0 }).replace('"x":0', `"x":${'['.repeat(depth)}${']'.repeat(depth)}`);
    expect(inspect(nested(9_999)).kind).toBe('state');
    expect(inspect(nested(10_000))).toMatchObject({ problem: 'not_json' });
  });

  it('stays invalid once it is', () => {
    const inspector = createStateInspector();
    for (const text of ['}', '{"version":4}', '{']) inspector.write(Buffer.from(text));
    expect(inspector.end()).toMatchObject({ problem: 'not_json', detail: expect.stringContaining('byte 0') });
  });

  it.each(['', ' ', '\r\n\t '])('is empty as %j', (text) => {
    expect(inspect(text)).toMatchObject({ problem: 'empty' });
  });
});

describe('the header', () => {
  it('may be nothing but the version', () => {
    const header = { serial: 0n, lineage: '', terraformVersion: undefined };
    expect(inspect('{"version":4}')).toMatchObject({ kind: 'state', header, isEmpty: true });
    const nulls = { serial: null, lineage: null, terraform_version: null, outputs: null, resources: null };
    expect(inspect(stateWith(nulls))).toMatchObject({ kind: 'state', header, isEmpty: true });
  });

  it.each(['0', '9007199254740993', '18446744073709551615'])('keeps the serial %s exactly', (serial) => {
    expect(inspectValid(`{"version":4,"serial":${serial}}`).header.serial).toBe(BigInt(serial));
  });

  it.each([
    ['{}', 'it has no "version"'],
    ['{"version":null}', 'it has no "version"'],
    ['{"version":3}', 'its "version" is the number 3, not 4'],
    ['{"version":5,"serial":1}', 'its "version" is the number 5, not 4'],
    ['{"version":4.0}', 'its "version" is the number 4.0, not 4'],
    ['{"version":"4"}', 'its "version" is a string, not the number 4'],
    ['{"version":[4]}', 'its "version" is an array, not the number 4'],
  ])('is not that of version 4: %s', (text, detail) => {
    expect(inspect(text)).toMatchObject({ problem: 'not_version_4', detail });
  });

  it.each([
    ['-1'],
    ['1.5'],
    ['1.0'],
    ['1e3'],
    ['"1"'],
    ['true'],
    ['[1]'],
    ['18446744073709551616'],
    ['1'.repeat(100)],
  ])('is malformed with the serial %s', (serial) => {
    expect(inspect(`{"version":4,"serial":${serial}}`)).toMatchObject({
      problem: 'malformed',
      detail: expect.stringContaining('"serial"'),
    });
  });

  it.each([
    ['lineage', 7],
    ['lineage', {}],
    ['terraform_version', 1.11],
    ['outputs', []],
    ['outputs', 'x'],
    ['resources', {}],
  ])('is malformed when %s is %j', (name, value) => {
    expect(inspect(stateWith({ [name]: value }))).toMatchObject({
      problem: 'malformed',
      detail: expect.stringContaining(name),
    });
  });

  it.each(['[]', '"x"', '4', 'null', 'true', '[{"version":4}]'])(
    'is malformed when the top level is %s',
    (text) => {
      expect(inspect(text)).toMatchObject({ problem: 'malformed' });
    },
  );

  it('uses the last member of a name, at the top level only', () => {
    const text = '{"version":3,"version":4,"x":{"serial":9,"version":5},"serial":1,"\\u0073erial":2}';
    expect(inspectValid(text).header.serial).toBe(2n);
  });

  it('of an encrypted state has only serial and lineage', () => {
    const encrypted = {
      serial: 7,
      lineage: 'l',
      meta: { 'key_provider.pbkdf2.k': 'e30=' },
      encrypted_data: 'x'.repeat(300_000),
      encryption_version: 'v0',
    };
    const header = { serial: 7n, lineage: 'l', terraformVersion: undefined };
    const expected = { kind: 'state', header, content: 'encrypted', isEmpty: false, resources: undefined };
    expect(inspect(JSON.stringify(encrypted))).toEqual(expected);
    const sorted = JSON.stringify({ encrypted_data: 'eA==', lineage: 'l', meta: {}, serial: 7 });
    expect(inspect(sorted, [20, 3])).toEqual(expected);
  });

  it.each([
    '{"encrypted_data":"x","lineage":"l"}',
    '{"encrypted_data":"x","serial":7}',
    '{"encrypted_data":"x","serial":"7","lineage":"l"}',
  ])('must have both in an encrypted state: %s', (text) => {
    expect(inspect(text)).toMatchObject({ kind: 'invalid', problem: 'encrypted' });
  });

  it('contains what could be read of a broken file', () => {
    expect(inspect('{"serial":7,"lineage":"l","version":4,"res')).toMatchObject({
      problem: 'truncated',
      header: { serial: 7n, lineage: 'l' },
    });
  });

  it('are no hindrance', () => {
    expect(inspect(stateWith({ from_the_future: { a: [1, { b: null }] } })).kind).toBe('state');
  });
});
