// biome-ignore-all lint/suspicious/noTemplateCurlyInString: HCL has them, too
/** A `backend "s3"` block with these lines. */
export const block = (body: string) => `terraform {\n  backend "s3" {\n${body}\n  }\n}\n`;
export const LEAST = 'bucket = "b-u-c-k-e-t"\nkey = "k/app"\nregion = "us-east-1"';

/** A root module and the lines of `backend_config`. */
export interface Case {
  readonly files: Record<string, string>;
  readonly lines?: readonly string[];
}

export const CASES: Record<string, Case> = {
  'a plain block': { files: { 'main.tf': block(LEAST) } },
  'comments of each kind and a block on one line': {
    files: {
      'a.tf': '# one\n// two\n/* three\n four */ terraform { /* x */ required_version = ">= 1.0" }',
      'b.tf': block(
        `${LEAST} # the end\n // nothing\n encrypt = true // yes\n /* key = "no" */ acl = "private"`,
      ),
    },
  },
  'escapes, Unicode and false templates': {
    files: {
      'main.tf': block(
        `${LEAST}\n acl = "a\\tb\\"c\\\\d\\u00e9\\U0001F600$\${x}%%{y} $ % $x 1$ e\u0301"\n dynamodb_table = "Grüße 🎉"`,
      ).replace('$\\${', '$${'),
    },
  },
  'three dollars before a brace': { files: { 'main.tf': block(`${LEAST}\n acl = "$$\${x} $$ $$$"`) } },
  heredocs: {
    files: {
      'main.tf': block(
        `${LEAST}\n acl = <<EOT\n  one\n two\nEOT\n dynamodb_table = <<-END\n      one\n\n        two\n   \n      END\n`,
      ),
    },
  },
  'a heredoc with an indented end and an escaped template': {
    files: { 'main.tf': block(`${LEAST}\n acl = <<EOT\n \\n $$\{a} "x"\n  EOT\n`) },
  },
  'numbers, booleans and their string forms': {
    files: {
      'main.tf': block(
        `${LEAST}\n max_retries = 007\n encrypt = "true"\n acl = 12.50\n workspace_key_prefix = true`,
      ),
    },
  },
  'numbers in scientific notation': {
    files: { 'main.tf': block(`${LEAST}\n max_retries = 1e1\n acl = -5`) },
  },
  'null and the empty string': {
    files: { 'main.tf': block(`${LEAST}\n acl = null\n workspace_key_prefix = ""\n dynamodb_table = ("p")`) },
  },
  'an object with all separators': {
    files: {
      'main.tf': block(
        `${LEAST}\n assume_role = {\n role_arn = "arn:aws:iam::123456789012:role/r", "session_name": "name"\n # c\n external_id = "id"\n tags = { a = "b" }\n }`,
      ),
    },
  },
  lists: {
    files: { 'main.tf': block(`${LEAST}\n shared_credentials_files = [\n "/tmp/a", # one\n "/tmp/b",\n ]`) },
  },
  'a module full of other things': {
    files: {
      'main.tf': [
        'locals {',
        '  a = "${ { x = "}" }["x"] }\\"{"',
        '  b = [for k, v in { a = 1 } : "${k}-${v}" if v > 0]',
        '  c = { for k in ["a"] : k => (1 > 2 ? "<<EOT" : "}") }',
        '  d = <<-EOT',
        '    } ${ "}" } terraform { backend "s3" {',
        '    %{ for x in ["a"] ~}',
        '    ${x}',
        '    %{ endfor ~}',
        '  EOT',
        '}',
        'output "o" { value = local.a }',
        block(LEAST),
        'variable "v" {',
        '  default = "backend"',
        '}',
      ].join('\n'),
    },
  },
  'JSON with a false template': {
    files: {
      'main.tf.json': JSON.stringify({
        '//': 'a note',
        terraform: [
          {
            backend: [
              { s3: { '//': 'x', bucket: 'b-u-c-k-e-t', key: 'k/é\u0000'.slice(0, 3), region: 'us-east-1' } },
            ],
          },
        ],
        locals: { a: '${1 + 1}' },
      }),
    },
  },
  'JSON escapes, numbers and objects': {
    files: {
      'main.tf.json':
        '{"terraform": {"backend": {"s3": {"bucket": "b-u-c-k-e-t", "key": "k\\/\\u00e9", "region": "us-east-1", "max_retries": 3, "encrypt": true, "acl": "$${x}\\t\\ud83d\\ude00", "profile": null, "assume_role": {"role_arn": "arn:aws:iam::123456789012:role/r", "tags": {"a": "b"}}}}}}',
    },
  },
  'an override file replaces the whole block': {
    files: {
      'main.tf': block(`${LEAST}\n encrypt = true`),
      'x_override.tf': block('bucket = "other"\nkey = "o"\nregion = "us-east-1"'),
    },
  },
  'the last override file by name wins, JSON or not': {
    files: {
      'main.tf': block(LEAST),
      'override.tf': block('bucket = "one"\nkey = "o"\nregion = "us-east-1"'),
      'a_override.tf': block('bucket = "two"\nkey = "o"\nregion = "us-east-1"'),
      'Z_override.tf.json': JSON.stringify({
        terraform: { backend: { s3: { bucket: 'three', key: 'o', region: 'us-east-1' } } },
      }),
      'p_override.tf': 'terraform {\n required_version = ">= 1.0"\n}\n',
    },
  },
  "hidden files and editors' backup files aren't part of the module": {
    files: { 'main.tf': block(LEAST), '.x.tf': block('bucket = "no"'), 'a.tf~': '{', 'b.txt': '{' },
  },
  "OpenTofu's files beside Terraform's": {
    files: { 'main.tf': block(LEAST), 'main.tofu': block(`# the same\n${LEAST}`), 'x.tofu.json': '{}' },
  },
  'files and arguments in their order': {
    files: {
      'main.tf': block('bucket = "from-block"\nkey = "block"\nencrypt = true'),
      'one.hcl': 'bucket = "from-one"\nregion = "eu-west-1"\nacl = "private"\n',
      'two.json': '{"bucket": "from-two", "key": "two", "region": "us-east-1", "max_retries": "4"}',
      'sub/three.tfbackend': 'key = "three"\nacl = null\n',
    },
    lines: ['one.hcl', 'bucket=from-line', 'two.json', 'sub/three.tfbackend', 'key=a=b "c"', 'encrypt=false'],
  },
  'objects on the command line replace whole objects': {
    files: {
      'main.tf': block(
        `${LEAST}\nassume_role = { role_arn = "arn:aws:iam::123456789012:role/r", external_id = "x1" }`,
      ),
    },
    lines: ['assume_role={role_arn="arn:aws:iam::123456789012:role/s", session_name = "n1"}'],
  },
  'null removes an object': {
    files: {
      'main.tf': block(`${LEAST}\nassume_role = { role_arn = "arn:aws:iam::123456789012:role/r" }`),
    },
    lines: ['assume_role=null', 'workspace_key_prefix=', 'dynamodb_table=$$x\\n"'],
  },
  'characters with a shorter Unicode form, on the command line': {
    files: { 'main.tf': block(LEAST) },
    lines: ['acl=e\u0301 \u2126'],
  },
  'lists on the command line': {
    files: { 'main.tf': block(LEAST) },
    lines: ['shared_credentials_files=["/tmp/a"]'],
  },
  'a byte order mark and Windows line ends': {
    files: {
      'main.tf': block(
        `${LEAST}\nassume_role = {\nrole_arn = "arn:aws:iam::123456789012:role/r"\n}`,
      ).replaceAll('\n', '\r\n'),
    },
  },
};
