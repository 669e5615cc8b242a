import fc from 'fast-check';
import type { Case } from './backend-cases.ts';

type Value = string | boolean | number | readonly string[] | Readonly<Record<string, unknown>>;
type Arguments = Readonly<Record<string, Value>>;

const text = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 6 }),
      fc.constantFrom(
        '"',
        '\\',
        '\\n',
        '#',
        '//',
        '/*',
        '=',
        '$',
        '%',
        '{',
        '}',
        "'",
        '<<EOT',
        'é',
        ' ',
        '🎉',
      ),
    ),
    { minLength: 1, maxLength: 6 },
  )
  // The rest is for the cases by hand: templates, and what a line of an input can't hold.
  .map((parts) =>
    parts
      .join('')
      .replaceAll(/[$%]\{|\p{C}/gu, '')
      .trim(),
  )
  // Refused on the command line, where somebody took us for a shell.
  .filter((joined) => joined !== '' && !/[$%]\{|\$\(|^(["']).*\1$/.test(joined));
const word = fc.stringMatching(/^[a-z]{3,8}$/);
const role = fc.record(
  {
    role_arn: word.map((name) => `arn:aws:iam::123456789012:role/${name}`),
    session_name: word,
    external_id: word,
    duration: fc.constantFrom('15m', '1h'),
    tags: fc.dictionary(word, text, { maxKeys: 2 }),
    transitive_tag_keys: fc.uniqueArray(word, { minLength: 1, maxLength: 1 }),
  },
  { requiredKeys: ['role_arn'] },
);
const some = fc.record(
  {
    bucket: word,
    key: word,
    region: fc.constantFrom('eu-west-1', 'us-east-1'),
    acl: text,
    dynamodb_table: text,
    encrypt: fc.boolean(),
    use_lockfile: fc.boolean(),
    max_retries: fc.nat(9),
    workspace_key_prefix: word,
    assume_role: role,
    shared_credentials_files: fc.array(word, { minLength: 1, maxLength: 1 }),
  },
  { requiredKeys: [] },
);

/** One level of settings: in a file of some syntax, or on the command line. */
const layer = fc.record({ given: some, syntax: fc.constantFrom('hcl', 'json', 'line') });

/**
 * Modules whose settings are given many times over: in a block, in override files, in files and arguments of
 * `-backend-config`, in HCL and in JSON.
 */
export const layers: fc.Arbitrary<Case> = fc
  .record({
    block: fc.record({ given: some, isJson: fc.boolean() }),
    overrides: fc.array(fc.record({ given: some, isJson: fc.boolean() }), { maxLength: 2 }),
    lines: fc.array(layer, { maxLength: 3 }),
  })
  .map(({ block, overrides, lines }) => {
    const files: Record<string, string> = {};
    const modules = [
      ['main', block] as const,
      ...overrides.map((override, i) => [`${i}_override`, override] as const),
    ];
    for (const [name, { given, isJson }] of modules) {
      const complete = { bucket: 'states', key: 'k', region: 'us-east-1', ...given };
      files[`${name}.tf${isJson ? '.json' : ''}`] = isJson
        ? JSON.stringify({ terraform: { backend: { s3: complete } } })
        : `terraform {\n  backend "s3" {\n${hcl(complete)}  }\n}\n`;
    }
    return {
      files,
      lines: lines.flatMap(({ given, syntax }, i) => readLines(given, syntax, `${i}.${syntax}`, files)),
    };
  });

function readLines(given: Arguments, syntax: string, name: string, files: Record<string, string>): string[] {
  if (syntax === 'line') return Object.entries(given).map(([key, value]) => `${key}=${onLine(value)}`);
  files[name] = syntax === 'json' ? JSON.stringify(given) : hcl(given);
  return [name];
}

function hcl(given: Arguments): string {
  return Object.entries(given)
    .map(([name, value]) => `    ${name} = ${literal(value)}\n`)
    .join('');
}

/** A string is written unquoted, and everything else as in HCL. */
function onLine(value: Value): string {
  return typeof value === 'object' ? literal(value) : String(value);
}

/** JSON is HCL, except for the separator in objects, which may also be a colon. */
function literal(value: Value): string {
  return JSON.stringify(value);
}
