import { resolve } from 'node:path';
import { type ExpandedPath, expandPath } from '../aws/shared-files.ts';
import type { InputReader } from '../runner/inputs.ts';
import type { Job } from '../runner/job.ts';
import { locateInCheckout } from '../workspace-files/checkout-path.ts';
import { fixFor, type InputOrVariable, readInputOrVariable, readVariable } from './input-or-variable.ts';
import { readList } from './list-inputs.ts';

/**
 * A path, made absolute. In a backend block and in `backend_config` it is relative to the module, where Terraform runs,
 * otherwise to the checkout. `~` and `$NAME` are expanded.
 */
export function readPath(reader: InputReader, job: Job, input: string): string | undefined {
  const given = readInputOrVariable(reader, input);
  return given === undefined ? undefined : toAbsolute(reader, job, input, given);
}

/** The same for each path of a list. */
export function readPaths(reader: InputReader, job: Job, input: string): string[] {
  return readList(reader, input).map((value) =>
    toAbsolute(reader, job, input, { value, variable: undefined }),
  );
}

/** Rejects variables whose paths don't exist. The paths are read when credentials are searched. */
export function checkPathVariable(
  reader: InputReader,
  job: Job,
  input: string,
  variables: readonly string[],
): void {
  const given = readVariable(reader, variables);
  if (given === undefined) return;
  const { path, problem } = expandPath(given.value, (name) => reader.environment(name));
  rejectPath(reader, job, input, given, { path: resolve(path), problem });
}

function toAbsolute(reader: InputReader, job: Job, input: string, given: InputOrVariable): string {
  const { path, problem } = expandPath(given.value, (name) => reader.environment(name));
  const folder = given.variable === undefined ? reader.folder(input) : undefined;
  const absolute = resolve(folder ?? job.workspace, path);
  rejectPath(reader, job, input, given, { path: absolute, problem });
  return absolute;
}

/**
 * All these files are secret, or decide who gets secrets. A link in the checkout must not let its author choose which
 * file of this machine that is. Such a file is neither sent nor shown, whether or not it can be read.
 */
function rejectPath(
  reader: InputReader,
  { workspace }: Job,
  input: string,
  given: InputOrVariable,
  { path, problem }: ExpandedPath,
): void {
  if (problem !== undefined) reader.reject(input, given.value, fixFor(given, problem));
  const found = locateInCheckout(workspace, path);
  if (found.kind !== 'leads out') return;
  const fix = `a link in it leads out of the checkout, to ${found.to}: name that file itself`;
  reader.reject(input, given.value, fixFor(given, fix));
}
