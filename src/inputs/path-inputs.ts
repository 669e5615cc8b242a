import { resolve } from 'node:path';
import { expandPath } from '../aws/shared-files.ts';
import type { InputReader } from '../runner/inputs.ts';
import type { Job } from '../runner/job.ts';
import { fixFor, type InputOrVariable, readInputOrVariable } from './input-or-variable.ts';
import { readList } from './list-inputs.ts';

/**
 * A path, made absolute: in a backend block and in `backend_config` it is relative to the module, where Terraform runs, else
 * to the checkout. `~` and `$NAME` are expanded.
 */
export function readPath(
  reader: InputReader,
  job: Job,
  input: string,
  variables: readonly string[] = [],
): string | undefined {
  const given = readInputOrVariable(reader, input, variables);
  return given === undefined ? undefined : toAbsolute(reader, job, input, given);
}

/** The same for each path of a list. */
export function readPaths(reader: InputReader, job: Job, input: string): string[] {
  return readList(reader, input).map((value) =>
    toAbsolute(reader, job, input, { value, variable: undefined }),
  );
}

/** Rejects what the paths of variables name in vain, which are read where credentials are looked for. */
export function checkPathVariable(reader: InputReader, input: string, variables: readonly string[]): void {
  const variable = variables.find((name) => reader.environment(name) !== undefined);
  const value = reader.environment(...variables);
  if (value === undefined) return;
  const { problem } = expandPath(value, (name) => reader.environment(name));
  if (problem !== undefined) reader.reject(input, value, fixFor({ value, variable }, problem));
}

function toAbsolute(reader: InputReader, { workspace }: Job, input: string, given: InputOrVariable): string {
  const { path, problem } = expandPath(given.value, (name) => reader.environment(name));
  if (problem !== undefined) reader.reject(input, given.value, fixFor(given, problem));
  const folder = given.variable === undefined ? reader.folder(input) : undefined;
  return resolve(folder ?? workspace, path);
}
