import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { OUTPUTS_OUTPUTS } from '../../src/steps/outputs/step-names.ts';
import type { Job, StageResult } from '../support/runner.ts';
import { filesBelow } from '../support/runner-checks.ts';

/** Characters; a shorter text also occurs in ordinary words, so finding it proves nothing. */
const SHORTEST = 6;
const known = new Set<string>();

/** Notes each line of each text in a sensitive value: none may be visible in the run. */
export function noteSecret(value: unknown): void {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) noteSecret(inner);
    return;
  }
  const texts = [String(value), ...String(value).split(/\r?\n/)];
  for (const text of texts) if (text.length >= SHORTEST) known.add(text);
}

/** Throws when a noted secret is in any of the texts, in whatever form, including its hash. */
export function assertContainsNone(texts: Readonly<Record<string, string>>): void {
  const found = [...known].flatMap((secret) =>
    listForms(secret).flatMap(([form, text]) =>
      Object.entries(texts).flatMap(([where, seen]) =>
        seen.includes(text) ? [`${secret.slice(0, 6)}… as ${form} in ${where}`] : [],
      ),
    ),
  );
  expect(found).toEqual([]);
}

/**
 * The same for everything that a step leaves: log, both streams except for the masking command, annotations,
 * summary as it was written, saved state, and the job's files. With `isMasked`, requested outputs and the
 * variables may contain it; `shown` are outputs that may contain it for another reason.
 */
export function assertKept(job: Job, result: StageResult, isMasked: boolean, shown: readonly string[]): void {
  const { log, rawStdout, rawStderr, rawSummary, annotations, state, exportedPath, exportedEnv } = result;
  const isChecked = (name: string) =>
    !shown.includes(name) && (!isMasked || OUTPUTS_OUTPUTS.some((own) => own === name));
  const outputs = Object.entries(result.outputs).filter(([name]) => isChecked(name));
  const files = [job.temp, job.workspace, job.folders.home].flatMap(filesBelow);
  const printed = `${rawStdout}\n${rawStderr}`.split('\n').filter((line) => !line.startsWith('::add-mask::'));
  assertContainsNone({
    log,
    summary: rawSummary,
    'the streams': printed.join('\n'),
    annotations: annotations.map(({ title, message }) => `${title}\n${message}`).join('\n'),
    'what is kept for later steps': JSON.stringify([state, exportedPath, isMasked ? {} : exportedEnv]),
    outputs: outputs.map(([, value]) => value).join('\n'),
    'a file': files.map(({ content }) => content.toString('utf8')).join('\n'),
  });
}

function listForms(secret: string): [form: string, text: string][] {
  const hash = (algorithm: string, text: string) =>
    createHash(algorithm).update(text).digest('hex').slice(0, 16);
  const bytes = Buffer.from(secret);
  const html = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const json = JSON.stringify(secret);
  return [
    ['it is', secret],
    ['JSON', json.slice(1, -1)],
    ['HTML', html.replaceAll('"', '&quot;')],
    ['a URL', encodeURIComponent(secret)],
    // Without its last character, which depends on what follows.
    ['base64', bytes.toString('base64url').slice(0, -2)],
    ['SHA-256', hash('sha256', secret)],
    ['SHA-256 of JSON', hash('sha256', json)],
    ['MD5', hash('md5', secret)],
  ];
}
