/** Expressions of Terraform's language, one of each type and each awkward kind. */
const EXPRESSIONS: Readonly<Record<string, string>> = {
  string: '"plain"',
  empty: '""',
  unicode: '"grüße, 世界 😀 \\u2028 <a href=\\"x\\">&</a>"',
  multi_line: '"first\\nsecond\\r\\n  third\\n"',
  looks_like_json: '"{\\"a\\": [1, 2]}"',
  looks_like_number: '"0123"',
  number: '42',
  negative: '-1.5',
  beyond_2_53: '12345678901234567890',
  long_decimal: '0.1000000000000000055511151231257827',
  bool: 'true',
  list: 'tolist(["b", "a", "b"])',
  empty_list: 'tolist([])',
  set: 'toset(["b", "a"])',
  map: 'tomap({ "with space" = "1", "ünï" = "2", "a.b" = "3" })',
  object: '{ a = 1, b = [true, null, "x"], c = { d = 1.5, e = 9007199254740993 } }',
  tuple: '[1, "two", [3], { four = 4 }, null]',
  nested: '{ for i in range(3) : format("k%d", i) => [for j in range(i) : { n = j, s = tostring(j) }] }',
  inner_null: '{ gone = null }',
  one_mebibyte: 'join("", [for i in range(1024) : join("", [for j in range(16) : format("%064d", i)])])',
};

/** Replaces the expression above of the same name when it is sensitive: its parts can be searched for. */
const SECRET_EXPRESSIONS: Readonly<Record<string, string>> = {
  string: '"s3cr3t-of-a-stack"',
  unicode: '"geheim-münchen-密码-😀"',
  multi_line: '"s3cr3t-line-one\\n  s3cr3t-line-two\\r\\n"',
  looks_like_json: '"{\\"s3cr3t-in-json\\": [\\"<s3cr3t> & more\\"]}"',
  beyond_2_53: '73577357735773577357',
  long_decimal: '0.7357000000000000055511151231257827',
  list: 'tolist(["s3cr3t-in-a-list", "s3cr3t-in-it-too"])',
  set: 'toset(["s3cr3t-in-a-set"])',
  map: 'tomap({ k = "s3cr3t-in-a-map" })',
  object: '{ a = "s3cr3t-in-an-object", b = { c = ["s3cr3t-deep-in-one"] } }',
  tuple: '["s3cr3t-in-a-tuple", { four = "s3cr3t-in-its-object" }, null]',
  nested: '{ for i in range(2) : format("k%d", i) => [{ s = format("s3cr3t-nested-%d", i) }] }',
  one_mebibyte:
    'join("", [for i in range(1024) : join("", [for j in range(16) : format("s3cr3t%058d", i)])])',
};

/** Parts of the values above, none of which is in another output. */
export const SECRETS: readonly string[] = ['s3cr3t', 'geheim-münchen', '73577357735773577357', '0.7357'];

/** The configuration of a stack that has each as an output `NAME` and, sensitive, as `s_NAME`. */
export function everyType(): string {
  const output = (name: string, value: string, more = '') =>
    `output "${name}" {\n  value = ${value}\n${more}}\n`;
  return Object.entries(EXPRESSIONS)
    .flatMap(([name, value]) => [
      output(name, value),
      output(`s_${name}`, SECRET_EXPRESSIONS[name] ?? value, '  sensitive = true\n'),
    ])
    .join('\n');
}

/** The state of a stack with that many outputs, which an apply would take long to make. */
export function manyOutputs(count: number): string {
  const outputs = Array.from({ length: count }, (_, i) => [
    `o_${i}`,
    { value: `value ${i}`, type: 'string' },
  ]);
  const state = {
    version: 4,
    terraform_version: '1.10.0',
    serial: 1,
    lineage: 'many-outputs',
    resources: [],
  };
  return JSON.stringify({ ...state, outputs: Object.fromEntries(outputs) });
}
