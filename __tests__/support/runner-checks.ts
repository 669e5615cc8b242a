import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { hasCode } from '../../src/workspace-files/disk.ts';
import { createMasks } from './runner-masks.ts';
import type { StageResult } from './runner-stage.ts';

/** A file found below a folder. */
export interface FoundFile {
  readonly path: string;
  /** Permission bits, such as 0o600. */
  readonly mode: number;
  readonly content: Buffer;
}

/** Throws when a secret is in anything a reader of the run can see: log, annotations, summary, outputs. */
export function assertNoSecret(result: StageResult, secrets: readonly string[]): void {
  assertAbsent('log', result.log, secrets);
  assertAbsent(
    'annotations',
    result.annotations.map(({ title, message }) => `${title}\n${message}`).join('\n'),
    secrets,
  );
  assertAbsent('summary', result.summary, secrets);
  assertAbsent('outputs', Object.values(result.outputs).join('\n'), secrets);
}

/** Throws when a secret is in the state saved for post. */
export function assertNoSecretInState(result: StageResult, secrets: readonly string[]): void {
  assertAbsent('saved state', Object.values(result.state).join('\n'), secrets);
}

/** Throws when a secret is in any of the files. */
export function assertNoSecretInFiles(files: readonly FoundFile[], secrets: readonly string[]): void {
  for (const { path, content } of files) assertAbsent(path, content.toString('latin1'), secrets);
}

/** The outputs that a job passes on to others: those with a masked part are dropped, with the runner's warning. */
export function jobOutputs(
  result: StageResult,
  names: readonly string[] = Object.keys(result.outputs),
): { outputs: Record<string, string>; warnings: string[] } {
  const masks = createMasks();
  result.masks.forEach((value) => void masks.add(value));
  const outputs: Record<string, string> = {};
  const warnings: string[] = [];
  for (const name of names) {
    const value = result.outputs[name] ?? '';
    if (masks.apply(value) === value) outputs[name] = value;
    else warnings.push(`Skip output '${name}' since it may contain secret.`);
  }
  return { outputs, warnings };
}

/**
 * Every file below a folder, links not followed. A process that still runs may replace or remove files and folders meanwhile: what is
 * gone when its turn comes is left out.
 */
export function filesBelow(dir: string): FoundFile[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) =>
    readIfThere(join(dir, entry.name), entry),
  );
}

function readIfThere(path: string, entry: Dirent): FoundFile[] {
  try {
    if (entry.isDirectory()) return filesBelow(path);
    return entry.isFile() ? [readFound(path)] : [];
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

function readFound(path: string): FoundFile {
  return { path, mode: statSync(path).mode & 0o777, content: readFileSync(path) };
}

function assertAbsent(where: string, text: string, secrets: readonly string[]): void {
  for (const secret of secrets) {
    const at = text.indexOf(secret);
    if (at < 0) continue;
    const around = text.slice(Math.max(0, at - 60), at);
    throw new Error(
      `the secret starting with ${JSON.stringify(secret.slice(0, 4))} is in the ${where}, after: ${around}`,
    );
  }
}
