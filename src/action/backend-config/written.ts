import { relative, resolve } from 'node:path';
import type { InputProblem } from '../../runner/inputs.ts';
import { ConfigSyntaxError } from '../../terraform-config/cursor.ts';
import {
  type Arguments,
  argumentsIn,
  backendOf,
  ConfigFileError,
  type FoundBackend,
  type Position,
} from '../../terraform-config/module.ts';
import { readConfigFiles, readTextFile } from '../files/backend-files.ts';
import { type ConfigLine, configLines, lineValue } from './lines.ts';
import { problemAt, type Source, type WrittenArgument } from './source.ts';

/** Where to look; paths as the inputs have them. */
export interface Places {
  /** Absolute: the checkout's folder. */
  readonly workspace: string;
  readonly backendConfig: string | undefined;
  readonly workingDirectory: string | undefined;
}

/** The arguments as Terraform would merge them, each with its place, and the problems on the way. */
export interface Written {
  readonly values: Map<string, WrittenArgument>;
  readonly problems: InputProblem[];
  /** Another backend than S3 that the folder has, in words. */
  readonly elsewhere: InputProblem | undefined;
}

/** Reads the backend block, then the lines and files of `backend_config` over it, the later ones over the earlier. */
export async function readWritten(places: Places): Promise<Written> {
  const written: Written = { values: new Map(), problems: [], elsewhere: undefined };
  const elsewhere = await readBlock(places, written);
  for (const line of configLines(places.backendConfig ?? '')) {
    if (line.kind === 'file') await readSettingsFile(places, line, written);
    else readArgument(line, written);
  }
  return { ...written, elsewhere };
}

/** Returns what the folder has in the place of an S3 backend. */
async function readBlock(places: Places, { values, problems }: Written): Promise<InputProblem | undefined> {
  const { workspace, workingDirectory: value } = places;
  if (value === undefined) return undefined;
  const directory = resolve(workspace, value);
  const sourceOf = (file: string): Source => {
    const label = relative(workspace, resolve(directory, file));
    return { input: 'working_directory', value, label: label.startsWith('..') ? file : label };
  };
  const files = await readConfigFiles(directory);
  if (files === undefined) {
    const cure = `${directory} is not a directory: check out the repository first, or correct the path`;
    problems.push({ input: 'working_directory', value: directory, cure });
    return undefined;
  }
  const found = attempt(problems, sourceOf, () => backendOf(files));
  if (found === undefined) return undefined;
  const source = sourceOf(found.file);
  if (found.kind === 'backend' && found.type === 's3') {
    addAll(values, found.values, source);
    return undefined;
  }
  return problemAt(
    source,
    found.line,
    found.kind === 'differs'
      ? differing(found.terraform)
      : `here is ${nameOf(found)}, and this action holds states of backend "s3"`,
  );
}

function differing(terraform: Position | undefined): string {
  const readers =
    terraform === undefined
      ? 'Terraform reads this backend, and OpenTofu none'
      : `OpenTofu reads this backend, and Terraform another one in ${terraform.file}:${terraform.line}`;
  return `${readers}: give bucket, key and the rest as inputs or in backend_config`;
}

function nameOf(found: Exclude<FoundBackend, { kind: 'differs' }>): string {
  return found.kind === 'cloud' ? 'a cloud block' : `backend ${JSON.stringify(found.type)}`;
}

async function readSettingsFile(
  { workspace, workingDirectory }: Places,
  { path }: Extract<ConfigLine, { kind: 'file' }>,
  { values, problems }: Written,
): Promise<void> {
  const source: Source = { input: 'backend_config', value: path, label: path };
  // Terraform runs in the folder of the root module.
  const place = resolve(workspace, workingDirectory ?? '.', path);
  const text = await readTextFile(place);
  if (text === undefined) {
    problems.push({
      input: 'backend_config',
      value: path,
      cure: `there is no file ${place}; paths are relative to working_directory or, without it, to the checkout, and an argument is NAME=VALUE`,
    });
    return;
  }
  const found = attempt(
    problems,
    () => source,
    () => argumentsIn({ name: path, text }),
  );
  if (found !== undefined) addAll(values, found, source);
}

function readArgument(
  { name, text, line }: Extract<ConfigLine, { kind: 'argument' }>,
  { values, problems }: Written,
): void {
  const source: Source = { input: 'backend_config', value: `${name}=...`, label: 'backend_config' };
  if (/\s/.test(name)) {
    problems.push(
      problemAt(source, line, 'write NAME=VALUE, without blanks around the = and without quotes'),
    );
    return;
  }
  try {
    values.set(name, { value: lineValue(name, text, line), source });
  } catch (error) {
    if (!(error instanceof ConfigSyntaxError)) throw error;
    problems.push(problemAt(source, line, `write the value as in HCL: ${error.message}`));
  }
}

function addAll(values: Map<string, WrittenArgument>, found: Arguments, source: Source): void {
  for (const [name, value] of found) values.set(name, { value, source });
}

function attempt<Value>(
  problems: InputProblem[],
  sourceOf: (file: string) => Source,
  read: () => Value,
): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigFileError)) throw error;
    problems.push(problemAt(sourceOf(error.position.file), error.position.line, error.message));
    return undefined;
  }
}
