import { relative, resolve } from 'node:path';
import type { InputProblem } from '../../runner/inputs.ts';
import { ConfigSyntaxError } from '../../terraform-config/cursor.ts';
import {
  type Arguments,
  argumentsIn,
  ConfigFileError,
  type FoundBackend,
  findBackend,
  type Position,
} from '../../terraform-config/module.ts';
import type { Quote } from '../../text/quote.ts';
import { readConfigFiles, readTextFile, UnreadableFile } from '../../workspace-files/backend-files.ts';
import { locateInCheckout } from '../../workspace-files/checkout-path.ts';
import { problemAt, type Source, type WrittenArgument } from './argument-source.ts';
import { type ConfigLine, configLines, findArgumentFix, findFileFix, lineValue } from './config-lines.ts';

/** Where to look. The paths are those of the inputs. */
export interface ConfigLocations {
  /** Absolute: the checkout's folder. */
  readonly workspace: string;
  readonly backendConfig: string | undefined;
  readonly workingDirectory: string | undefined;
}

/** The arguments as Terraform would merge them, each with its source, and the problems found. */
export interface MergedArguments {
  readonly values: Map<string, WrittenArgument>;
  readonly problems: InputProblem[];
  /** A backend other than S3 in the folder, in words. */
  readonly elsewhere: InputProblem | undefined;
  /** Whether a file, which may set anything, could not be read. */
  readonly isPartial: boolean;
}

/** Collects results while files and lines are read. */
interface Collected {
  readonly values: Map<string, WrittenArgument>;
  readonly problems: InputProblem[];
  isPartial: boolean;
}

/** Reads the backend block, then the lines and files of `backend_config`. Later ones take precedence. */
export async function readArguments(locations: ConfigLocations): Promise<MergedArguments> {
  const collected: Collected = { values: new Map(), problems: [], isPartial: false };
  const elsewhere = await readBlock(locations, collected);
  for (const line of configLines(locations.backendConfig ?? '')) {
    if (line.kind === 'file') await readSettingsFile(locations, line, collected);
    else readArgument(line, collected);
  }
  return { ...collected, elsewhere };
}

/** Terraform's working directory, the base of relative paths. Pure. */
export function moduleFolder({
  workspace,
  workingDirectory,
}: Omit<ConfigLocations, 'backendConfig'>): string {
  return resolve(workspace, workingDirectory ?? '.');
}

/** Returns what the folder has instead of an S3 backend. */
async function readBlock(
  locations: ConfigLocations,
  collected: Collected,
): Promise<InputProblem | undefined> {
  const { workspace, workingDirectory: value } = locations;
  if (value === undefined) return undefined;
  const directory = moduleFolder(locations);
  const locate = (file: string): Source => {
    const path = resolve(directory, file);
    const label = relative(workspace, path);
    const shown = label.startsWith('..') ? file : label;
    const isQuotable = locateInCheckout(workspace, path).kind !== 'leads out';
    return { input: 'working_directory', value, label: shown, isRepository: true, isQuotable };
  };
  const files = await orRejected(collected, { input: 'working_directory', value }, () =>
    readConfigFiles(directory),
  );
  if (files === 'rejected') return undefined;
  if (files === undefined) {
    const fix = `${directory} is not a directory: check out the repository first, or correct the path`;
    rejectFile(collected, { input: 'working_directory', value, fix });
    return undefined;
  }
  const found = attempt(collected, locate, () => findBackend(files));
  if (found === undefined) return undefined;
  const source = locate(found.file);
  if (found.kind === 'backend' && found.type === 's3') {
    addAll(collected, found.values, source);
    return undefined;
  }
  return problemAt(
    source,
    found.line,
    found.kind === 'differs'
      ? differing(found.terraform)
      : (quote) => `this is ${nameBackend(found, quote)}, but this action holds only states of backend "s3"`,
  );
}

function differing(terraform: Position | undefined): string {
  const readers =
    terraform === undefined
      ? 'Terraform reads this backend, but OpenTofu reads none'
      : `OpenTofu reads this backend, but Terraform reads another one in ${terraform.file}:${terraform.line}`;
  return `${readers}: give bucket, key and the rest as inputs or in backend_config`;
}

function nameBackend(found: Exclude<FoundBackend, { kind: 'differs' }>, quote: Quote): string {
  return found.kind === 'backend' ? `backend ${JSON.stringify(quote(found.type))}` : `a ${found.kind} block`;
}

async function readSettingsFile(
  locations: ConfigLocations,
  { path }: Extract<ConfigLine, { kind: 'file' }>,
  collected: Collected,
): Promise<void> {
  const resolved = resolve(moduleFolder(locations), path);
  const read = await orRejected(collected, { input: 'backend_config', value: path }, async () => ({
    text: await readTextFile(resolved),
  }));
  if (read === 'rejected') return;
  const { text } = read;
  if (text === undefined) {
    const fix =
      findFileFix(path) ??
      `there is no file ${resolved}; paths are relative to working_directory or, without it, to the checkout; write an argument as NAME=VALUE`;
    rejectFile(collected, { input: 'backend_config', value: path, fix });
    return;
  }
  const { kind } = locateInCheckout(locations.workspace, resolved);
  const source: Source = {
    input: 'backend_config',
    value: path,
    label: path,
    isRepository: kind !== 'outside',
    isQuotable: kind !== 'leads out',
  };
  const found = attempt(
    collected,
    () => source,
    () => argumentsIn({ name: path, text }),
  );
  if (found !== undefined) addAll(collected, found, source);
}

function readArgument(
  { name, text, line }: Extract<ConfigLine, { kind: 'argument' }>,
  collected: Collected,
): void {
  const { values, problems } = collected;
  const source: Source = {
    input: 'backend_config',
    value: `${name}=...`,
    label: 'backend_config',
    isRepository: false,
    isQuotable: true,
  };
  const fix = findArgumentFix(name, text);
  if (fix !== undefined) {
    problems.push(problemAt(source, line, fix));
    return;
  }
  try {
    values.set(name, { value: lineValue(name, text, line), source });
  } catch (error) {
    if (!(error instanceof ConfigSyntaxError)) throw error;
    problems.push(problemAt(source, line, (quote) => `write the value as in HCL: ${error.wording(quote)}`));
  }
}

function addAll({ values }: Collected, found: Arguments, source: Source): void {
  for (const [name, value] of found) values.set(name, { value, source });
}

function attempt<Value>(
  collected: Collected,
  locate: (file: string) => Source,
  read: () => Value,
): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigFileError)) throw error;
    const { file, line } = error.position;
    rejectFile(collected, problemAt(locate(file), line, error.wording));
    return undefined;
  }
}

/** The content of a file or folder. If this user can't read it, that is a problem of the input that names it. */
async function orRejected<Value>(
  collected: Collected,
  input: Pick<InputProblem, 'input' | 'value'>,
  read: () => Promise<Value>,
): Promise<Value | 'rejected'> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    rejectFile(collected, { ...input, fix: error.message });
    return 'rejected';
  }
}

function rejectFile(collected: Collected, problem: InputProblem): void {
  collected.problems.push(problem);
  collected.isPartial = true;
}
