/** Records the states in __tests__/fixtures/states with the terraform on PATH. Run: node scripts/record-fixtures.ts */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const STATES = join(import.meta.dirname, '../__tests__/fixtures/states');

const MODULE = `
variable "word" { type = string }

resource "terraform_data" "b" {
  count = 2
  input = "\${var.word}-\${count.index}"
}
`;

const ROOT = `
variable "step" {
  type    = number
  default = 1
}

locals {
  odd_keys = ["plain", "a.b", "sp ace", "quo\\"te", "back\\\\slash", "$\${x}", "%%{x}", "new\\nline", "ünï", "😀", "tab\\t", "\\u0001"]
}

module "a" {
  source   = "./module"
  for_each = toset(["x", "ünï \\"q\\""])
  word     = each.key
}

resource "terraform_data" "odd" {
  for_each = toset(local.odd_keys)
  input    = each.key
}

resource "terraform_data" "counted" {
  count = 3
  input = { n = count.index, list = [true, null, "x<y&z>"], big = 12345678901234567890 }
}

resource "terraform_data" "single" {
  input = var.step
}

resource "terraform_data" "replaced" {
  input            = "replaced"
  triggers_replace = var.step
  lifecycle { create_before_destroy = true }
}

resource "terraform_data" "tainted" {
  input = "tainted"
}

data "terraform_remote_state" "other" {
  backend  = "local"
  config   = { path = "other.tfstate" }
}

output "bignum" { value = 12345678901234567890 }
output "long_decimal" { value = 0.1000000000000000055511151231257827 }
output "escapes" { value = "<>&\\u2028 ünï 😀 \\"quoted\\"" }
output "object" { value = { a = 1, b = [true, null, "x"], c = { d = 1.5 } } }
output "secret" {
  value     = "s3cr3t"
  sensitive = true
}
`;

function run(dir: string, ...args: string[]): string {
  const { stdout, stderr } = spawnSync('terraform', args, {
    cwd: dir,
    encoding: 'utf8',
    env: environment(dir),
  });
  return stdout + stderr;
}

function environment(dir: string): NodeJS.ProcessEnv {
  const config = join(dir, 'empty.tfrc');
  writeFileSync(config, '');
  return {
    PATH: process.env.PATH,
    HOME: dir,
    TF_CLI_CONFIG_FILE: config,
    CHECKPOINT_DISABLE: '1',
    TF_CLI_ARGS: '-no-color',
  };
}

function record(dir: string, name: string): void {
  copyFileSync(join(dir, 'terraform.tfstate'), join(STATES, `${name}.tfstate`));
  writeFileSync(join(STATES, `${name}.list`), run(dir, 'state', 'list'));
}

const dir = mkdtempSync(join(tmpdir(), 'record-fixtures-'));
mkdirSync(STATES, { recursive: true });
mkdirSync(join(dir, 'module'));
writeFileSync(join(dir, 'module', 'main.tf'), MODULE);
writeFileSync(join(dir, 'main.tf'), ROOT);
writeFileSync(
  join(dir, 'other.tfstate'),
  '{"version":4,"serial":1,"lineage":"other","outputs":{"o":{"value":"v","type":"string"}}}\n',
);
console.log(run(dir, 'init'));
console.log(run(dir, 'apply', '-auto-approve'));
record(dir, 'many-types');
console.log(run(dir, 'taint', 'terraform_data.tainted'));
console.log(
  run(
    dir,
    'apply',
    '-auto-approve',
    '-var=step=2',
    '-target=terraform_data.replaced',
    '-target=terraform_data.single',
  ),
);
record(dir, 'changed');
console.log(run(dir, 'destroy', '-auto-approve'));
record(dir, 'destroyed');
rmSync(dir, { recursive: true });
