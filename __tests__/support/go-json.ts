import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { terraformEnv } from './terraform.ts';

const run = promisify(execFile);
const Encoded = v.array(v.string());

/**
 * What the real terraform's `jsonencode` makes of each text, by one run of `terraform console`.
 * Base64 carries the results past the console's own quoting. Texts must be NFC, to which Terraform normalises.
 */
export async function terraformJsonStrings(texts: readonly string[]): Promise<string[]> {
  const dir = await mkdtemp(join(tmpdir(), 'go-json-'));
  try {
    await writeFile(join(dir, 'main.tf'), 'variable "texts" {\n  type = list(string)\n}\n');
    await writeFile(join(dir, 'texts.tfvars.json'), asciiJson({ texts }));
    const expression = 'jsonencode([for text in var.texts : base64encode(jsonencode(text))])';
    const stdout = await evaluate(dir, expression);
    const encoded = v.parse(Encoded, JSON.parse(v.parse(v.string(), JSON.parse(stdout))));
    return encoded.map((base64) => Buffer.from(base64, 'base64').toString('utf8'));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** JSON in ASCII: every character is visible, and no combining mark after a quote breaks HCL's parser. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replaceAll(/[\u007f-\uffff]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

async function evaluate(dir: string, expression: string): Promise<string> {
  const options = { cwd: dir, env: terraformEnv(), maxBuffer: 64 * 1024 * 1024 };
  const running = run('terraform', ['console', '-var-file=texts.tfvars.json'], options);
  running.child.stdin?.end(expression);
  return (await running).stdout;
}
