// biome-ignore-all lint/suspicious/noTemplateCurlyInString: HCL has them, too
import { afterAll, describe, expect, it } from 'vitest';
import { scope } from '../job-state/scopes.ts';
import { startStepCounter } from '../support/count-steps.ts';

const counter = await startStepCounter();
afterAll(() => counter.stop());
const { parseBody, parseExpression, parseJson } = await counter.load(
  () => import('../../src/terraform-config/body.ts'),
);
const { createOutputsReader } = await import('../../src/statefile/outputs.ts');
const { printJson } = await import('../../src/statefile/json-tree.ts');
const { matchesGlob } = await import('../../src/text/glob.ts');
const { masksFor } = await import('../../src/steps/outputs/masks.ts');
const { asPublished } = await import('../../src/steps/outputs/publish-states.ts');
const { createTextFinder } = await import('../../src/text/text-finder.ts');
const { argumentsIn, ConfigFileError, findBackend } = await import('../../src/terraform-config/module.ts');

/** Slightly more than twice, to allow for one-off costs. */
const LINEAR = 2.2;

function quietly(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return error;
  }
}

const HCL_ATTACKS: Readonly<Record<string, (size: number) => string>> = {
  'arguments, one per line': (size) => Array.from({ length: size }, (_, i) => `a${i} = 1\n`).join(''),
  'items of one list, one per line': (size) => `a = [${'1,\n'.repeat(size)}]`,
  'empty blocks that are read': (size) => 'terraform {}\n'.repeat(size),
  'empty blocks that are skipped': (size) => 'locals {}\n'.repeat(size),
  'lines of an unterminated heredoc': (size) => `a = <<X\n${'y\n'.repeat(size)}`,
  'lines of an indented heredoc': (size) => `a = <<-X\n${'  y\n'.repeat(size)}X\n`,
  'comments that are never closed': (size) => `a = 1 ${'/* '.repeat(size)}`,
  "nested lists that aren't constants": (size) =>
    `a = ${'['.repeat(80)}${'1,'.repeat(size)}1${']+1'.repeat(80)}\n`,
  'blanks and tabs': (size) => `a =${' \t'.repeat(size)}1\n`,
  'texts with templates': (size) => `a = "${'${b}'.repeat(size)}"\n`,
  'a string of escapes': (size) => `a = "${'\\n'.repeat(size)}"\n`,
  'a number with many digits': (size) => `a = ${'9'.repeat(size)}\n`,
};

describe('a configuration file takes steps in proportion to its size', () => {
  it.each(Object.entries(HCL_ATTACKS))('%s', async (_, text) => {
    const read = (size: number) => quietly(() => parseBody(text(size), ['terraform']));
    expect(await counter.growth(1_500, read)).toBeLessThan(LINEAR);
  });

  it('values of a JSON file, one per line', async () => {
    const text = (size: number) => `{"a": [${'1,\n'.repeat(size)}1]}`;
    expect(await counter.growth(1_500, (size) => parseJson(text(size)))).toBeLessThan(LINEAR);
  });
});

const NESTED: Readonly<Record<string, (depth: number) => unknown>> = {
  'lists in HCL': (depth) => parseExpression(`${'['.repeat(depth)}${']'.repeat(depth)}`),
  'objects in HCL': (depth) => parseExpression(`${'{a='.repeat(depth)}1${'}'.repeat(depth)}`),
  'parentheses in HCL': (depth) => parseExpression(`${'('.repeat(depth)}1${')'.repeat(depth)}`),
  'templates in HCL': (depth) => parseExpression(`${'"${'.repeat(depth)}a${'}"'.repeat(depth)}`),
  'brackets that are skipped': (depth) =>
    parseBody(`locals { a = f${'('.repeat(depth)}${')'.repeat(depth)} }`, []),
  'blocks that are read': (depth) =>
    parseBody(`${'terraform {\n'.repeat(depth)}${'}\n'.repeat(depth)}`, ['terraform']),
  'lists in JSON': (depth) => parseJson(`${'['.repeat(depth)}${']'.repeat(depth)}`),
  'objects in JSON': (depth) => parseJson(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`),
};

describe('too deep nesting is refused with its position and never overflows the stack', () => {
  it.each(Object.entries(NESTED))('%s', (_, read) => {
    expect(() => read(90)).not.toThrow();
    for (const depth of [101, 1_000, 50_000])
      expect(() => read(depth)).toThrow('nested deeper than 100 levels');
  });

  it('a heredoc of very many lines is read', () => {
    const text = `a = <<-X\n${' y\n'.repeat(200_000)}X\n`;
    expect(parseBody(text, []).values.get('a')).toMatchObject({ kind: 'text' });
  });
});

describe('a file larger than 1 MiB is refused with its name', () => {
  const large = `# ${'x'.repeat(1024 * 1024)}\n`;

  it.each(['main.tf', 'main.tofu', 'prod.s3.tfbackend'])('%s', (name) => {
    const read = () =>
      name.endsWith('.tfbackend') ? argumentsIn({ name, text: large }) : findBackend([{ name, text: large }]);
    expect(read).toThrow(ConfigFileError);
    expect(read).toThrow('larger than 1 MiB');
  });

  it('main.tf.json', () => {
    const text = `{"a": "${'x'.repeat(1024 * 1024)}"}`;
    expect(() => findBackend([{ name: 'main.tf.json', text }])).toThrow('larger than 1 MiB');
  });
});

const STATE_HEAD = '"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"l"';

function readState(outputs: string) {
  const reader = createOutputsReader();
  reader.write(Buffer.from(`{${STATE_HEAD},"outputs":${outputs},"resources":[]}`));
  return reader.end();
}

describe('the content of a state takes steps in proportion to its size', () => {
  it.each<[string, (size: number) => unknown]>([
    [
      'a name that a glob of many stars almost matches',
      (size) => matchesGlob(`${'a*'.repeat(20)}b`, 'a'.repeat(size)),
    ],
    [
      'masks with a common beginning, and a text made only of that beginning',
      (size) => {
        const masks = Array.from({ length: 20 }, (_, i) => `${'a'.repeat(Math.ceil(size / 20))}${i}`);
        return createTextFinder(masks)('a'.repeat(size));
      },
    ],
    [
      'many masks, and a long text',
      (size) => createTextFinder(Array.from({ length: size }, (_, i) => `m${i}x`))('m1'.repeat(size)),
    ],
    ['a sensitive value with many lines', (size) => masksFor('line\n'.repeat(size))],
    [
      'many outputs',
      (size) => readState(`{${Array.from({ length: size }, (_, i) => `"o${i}":{"value":1}`).join()}}`),
    ],
    [
      'many items, printed',
      (size) =>
        printJson(
          Array.from({ length: size }, () => ['1', 'a']),
          2,
        ),
    ],
  ])('%s', async (_, work) => {
    expect(await counter.growth(1_500, work)).toBeLessThan(LINEAR);
  });

  it('a value with the deepest allowed nesting grows only by its indentation', () => {
    const deep = (depth: number): string => `${'['.repeat(depth)}${'1,'.repeat(5_000)}1${']'.repeat(depth)}`;
    const read = readState(`{"a":{"value":${deep(200)}}}`);
    const value = read.kind === 'outputs' ? read.state.outputs.get('a')?.value : undefined;
    expect(printJson(value ?? null, 2).length).toBeLessThan(deep(200).length * 3);
    expect(masksFor(value ?? null)).toBeUndefined();
  });

  it("an output that is nested too deep makes the state unreadable and doesn't overflow the stack", ({
    task,
  }) => {
    const shapes: Readonly<Record<string, (depth: number) => string>> = {
      value: (depth) => `{"a":{"value":${'['.repeat(depth)}1${']'.repeat(depth)}}}`,
      object: (depth) => `{"a":{"value":${'{"b":'.repeat(depth)}1${'}'.repeat(depth)}}}`,
      type: (depth) => `{"a":{"value":1,"type":${'["list",'.repeat(depth)}"string"${']'.repeat(depth)}}}`,
      outputs: (depth) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`,
    };
    const depths = [251, 5_000, 9_900];
    task.meta.hostileInputs = Object.keys(shapes).length * depths.length;
    for (const shape of Object.values(shapes)) {
      for (const depth of depths) {
        expect(readState(shape(depth))).toEqual({
          kind: 'invalid',
          problem: 'malformed',
          detail: 'its outputs are nested deeper than 250 levels',
        });
      }
    }
  });
});

describe('an output is sensitive in every form in which a state says so', () => {
  const isSensitive = (member: string): boolean | undefined => {
    const read = readState(`{"a":{"value":"v","type":"string",${member}}}`);
    return read.kind === 'outputs' ? read.state.outputs.get('a')?.sensitive : undefined;
  };
  const HIDDEN = [
    '"sensitive":true',
    '"Sensitive":true',
    '"SENSITIVE":true',
    '"\\u0073ensitive":true',
    '"\\u017fen\\u017fitive":true',
    '"ſensitive":true',
    '"sensitive":true,"SENSITIVE":false',
    '"SENSITIVE":true,"sensitive":false',
    '"sensitive":"true"',
    '"sensitive":"false"',
    '"sensitive":"yes"',
    '"sensitive":1',
    '"sensitive":0',
    '"sensitive":null',
    '"sensitive":[]',
    '"sensitive":{}',
    '"sensitive":""',
  ];

  it.each(HIDDEN)('%s', (member) => {
    expect(isSensitive(member)).toBe(true);
  });

  it.each(['"sensitive":false', '"sensitive":true,"sensitive":false', '"insensitive":true'])(
    'not by %s',
    (member) => {
      expect(isSensitive(member)).toBe(false);
    },
  );

  it('hides its field names wherever it hides its value', () => {
    const value = new Map([['root_password', 'hunter22']]);
    const output = {
      name: 'db',
      type: 'object({ root_password = string })',
      value,
      sensitive: true,
      isDefault: false,
    };
    const tuple = { ...output, name: 'dbs', type: 'list(object({ root_password = string }))' };
    const state = {
      address: scope.address,
      name: 'default',
      header: undefined,
      unmatched: [],
      available: [],
      outputs: [output, tuple],
    };
    const published = asPublished(state, () => false);
    expect(published.outputs).toEqual([
      { name: 'db', type: 'object', value: undefined },
      { name: 'dbs', type: 'list', value: undefined },
    ]);
  });
});
