// biome-ignore-all lint/suspicious/noTemplateCurlyInString: HCL has them, too
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBody, parseExpression, parseJson } from '../../src/terraform-config/body.ts';
import { ConfigSyntaxError } from '../../src/terraform-config/cursor.ts';
import type { ConfigValue } from '../../src/terraform-config/value.ts';

/** The value without line numbers. */
function toPlain(value: ConfigValue): unknown {
  if (value.kind === 'list') return value.items.map(toPlain);
  if (value.kind === 'object') {
    return Object.fromEntries(value.entries.map(([name, inner]) => [name, toPlain(inner)]));
  }
  if (value.kind === 'boolean') return value.value;
  if (value.kind === 'number') return Number(value.text);
  return value.kind === 'text' ? value.text : value.kind === 'null' ? null : { [value.kind]: true };
}

/** A text in HCL syntax. */
const quoted = (text: string) =>
  `"${text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    // A mark before a brace that is not to begin a template.
    .replaceAll(/[$%](?=\{)/g, '$&$&')}"`;

const text = fc.string({ unit: 'grapheme' }).map((value) => value.normalize('NFC'));
const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof({ maxDepth: 3 }, tie('leaf'), tie('list'), tie('object')),
  leaf: fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null)),
  list: fc.array(tie('tree'), { maxLength: 4 }),
  object: fc.dictionary(name, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
}));

function written(value: unknown): string {
  if (Array.isArray(value)) return `[\n${value.map((item) => `  ${written(item)}, # one\n`).join('')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, inner]) => `  ${quoted(key)} = ${written(inner)}\n`);
    return `{ // an object\n${entries.join('')}}`;
  }
  return typeof value === 'string' ? quoted(value) : String(value);
}

describe('values', () => {
  it('equal what was written, whatever they consist of', () => {
    fc.assert(
      fc.property(tree, (value) => {
        expect(toPlain(parseExpression(written(value)))).toEqual(value);
      }),
    );
  });

  it('are the same in JSON', () => {
    const isPlain = (value: unknown) => !/[$%]\{/.test(JSON.stringify(value));
    fc.assert(
      fc.property(tree.filter(isPlain), fc.constantFrom(0, 2), (value, indent) => {
        expect(toPlain(parseJson(JSON.stringify(value, null, indent)))).toEqual(value);
      }),
    );
  });

  it('are found after anything that is only skipped', () => {
    fc.assert(
      fc.property(tree, text, (value, comment) => {
        const words = comment.replaceAll(/[\r\n]/g, ' ').replaceAll('*/', '');
        const file = [
          `resource "a" "b" {`,
          `  x = f(${quoted(comment)}, "\${g("}")}") # ${words}`,
          `  y = ${written(value)}`,
          '  z {',
          `    /* ${words} */`,
          '    w = <<-EOT',
          '      } ${ h("EOT") } {',
          '    EOT',
          '  }',
          '}',
          'last = 1',
        ].join('\n');
        const { values } = parseBody(file, []);
        expect([...values.keys()]).toEqual(['last']);
        expect(values.get('last')?.line).toBe(file.split('\n').length);
      }),
    );
  });

  it('any text either parses or is an error with its line', () => {
    const pieces = fc.constantFrom(
      '"',
      '{',
      '}',
      '[',
      ']',
      '(',
      ')',
      '=',
      ',',
      '\n',
      '${',
      '%{',
      '<<EOT\n',
      '<<-A\n',
      'EOT',
      '#',
      '/*',
      '*/',
      '\\',
      'a',
      'null',
      '-1',
      ' ',
      ':',
      '//',
      '\\u00e9',
      '\r\n',
      '$${',
      'terraform',
      'backend',
    );
    const soup = fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(soup, (file) => {
        try {
          parseBody(file, ['terraform', 'backend']);
        } catch (error) {
          if (!(error instanceof ConfigSyntaxError)) throw error;
          expect(error.line).toBeGreaterThanOrEqual(1);
          expect(error.line).toBeLessThanOrEqual(file.split('\n').length);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['var.bucket'],
    ['local.a["b"]'],
    ['"x-${var.y}"'],
    ['join("-", ["a", "b"])'],
    ['1 + 2'],
    ['true ? "a" : "b"'],
    ['<<EOT\n${var.x}\nEOT\n'],
    ['[for x in ["a"] : x]'],
    ['{ for k, v in { a = 1 } : k => v }'],
    ['"%{ if true }a%{ endif }"'],
    ['!true'],
    ['-var.x'],
    ['(var.x)'],
    ['"a" == "b"'],
  ])('%s is not a constant', (source) => {
    const kinds = (value: ConfigValue): string[] =>
      value.kind === 'list' ? value.items.flatMap(kinds) : [value.kind];
    expect(kinds(parseExpression(source))).toContain('expression');
  });

  it('inside an object, only the field is not constant', () => {
    const value = parseExpression('{\n s3 = var.url\n sts = "https://x"\n}');
    expect(value).toMatchObject({
      kind: 'object',
      entries: [
        ['s3', { kind: 'expression', source: 'var.url', line: 2 }],
        ['sts', { kind: 'text', text: 'https://x', line: 3 }],
      ],
    });
  });
});
