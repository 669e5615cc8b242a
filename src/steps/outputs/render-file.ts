import { explainUnfitNames, explainUnquotable } from '../../messages/outputs-file-text.ts';
import { explainCollisions, explainForbidden } from '../../messages/outputs-refused.ts';
import { type JsonValue, printJson } from '../../statefile/json-tree.ts';
import { quoteDotenv } from './dotenv.ts';
import type { FileInputs } from './file-inputs.ts';
import { isForbiddenVariable } from './forbidden-variables.ts';
import type { ListedBy } from './listed-states.ts';
import { isNamedBy, type Setting } from './plan.ts';
import { OutputsRefused } from './refusal.ts';
import { collisions, variableName } from './step-names.ts';

export interface FileRequest {
  readonly file: FileInputs;
  readonly listedBy: ListedBy | undefined;
  /** Of the states. */
  readonly names: readonly string[];
  readonly select: readonly string[];
}

/**
 * The content of the file. `left`: the labels of outputs that a file of this kind contains only if the workflow names
 * them.
 */
export interface RenderedFile {
  readonly text: string;
  readonly left: readonly string[];
}

/**
 * For exactly those outputs that the job gets. Errors: OutputsRefused `names_collide` or `outputs_file_refused`. Pure.
 */
export function renderFile(settings: readonly Setting[], request: FileRequest): RenderedFile {
  const { file, listedBy, names } = request;
  if (file.format === 'dotenv') return renderDotenv(settings, request);
  if (file.format === 'tfvars') return { text: renderVariables(settings), left: [] };
  return { text: print(listedBy === undefined ? byName(settings) : byState(settings, names)), left: [] };
}

function byName(settings: readonly Setting[]): JsonValue {
  return new Map(settings.map(({ output, json }) => [output, json]));
}

function byState(settings: readonly Setting[], names: readonly string[]): JsonValue {
  const states = Map.groupBy(settings, ({ state }) => state);
  return new Map(names.map((name) => [name, byName(states.get(name) ?? [])]));
}

/** The names of variables that Terraform's language accepts. */
const IDENTIFIER = /^[\p{ID_Start}_][\p{ID_Continue}-]*$/u;

function renderVariables(settings: readonly Setting[]): string {
  const unfit = settings.filter(({ expected }) => !IDENTIFIER.test(expected));
  if (unfit.length > 0) throw refused(explainUnfitNames(unfit.map(({ label }) => label)));
  return print(new Map(settings.map(({ expected, json }) => [expected, json])));
}

function renderDotenv(settings: readonly Setting[], { file, select }: FileRequest): RenderedFile {
  const isNamed = (setting: Setting) => file.prefix !== '' || isNamedBy(select, setting);
  const named = settings.filter(isNamed).map((setting) => ({
    label: setting.label,
    name: variableName(file.prefix, setting.expected),
    quoted: quoteDotenv(setting.json),
  }));
  const groups = collisions(named);
  if (groups.length > 0)
    throw new OutputsRefused('names_collide', explainCollisions('variable of outputs_file', groups));
  const forbidden = named.filter(({ name }) => isForbiddenVariable(name));
  if (forbidden.length > 0) throw refused(explainForbidden(forbidden));
  const unquotable = named.filter(({ quoted }) => quoted === undefined);
  if (unquotable.length > 0) throw refused(explainUnquotable(unquotable.map(({ label }) => label)));
  const left = settings.filter((setting) => !isNamed(setting)).map(({ label }) => label);
  return { text: named.map(({ name, quoted }) => `${name}=${quoted}\n`).join(''), left };
}

function print(value: JsonValue): string {
  return `${printJson(value, 2)}\n`;
}

function refused(message: string): OutputsRefused {
  return new OutputsRefused('outputs_file_refused', message);
}
