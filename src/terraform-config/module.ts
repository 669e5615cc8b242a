import { type Body, parseBody, parseJson } from './body.ts';
import { ConfigSyntaxError, type Wording } from './cursor.ts';
import type { ConfigValue, Entry } from './value.ts';

/** A file of a root module; `name` without a folder. */
export interface ConfigFile {
  readonly name: string;
  readonly text: string;
}

/** A position in a file. Lines start at 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
}

export type Arguments = ReadonlyMap<string, ConfigValue>;

/** What a module's `terraform` blocks say about where the state is. */
export type FoundBackend = Position &
  (
    | { readonly kind: 'backend'; readonly type: string; readonly values: Arguments }
    // Neither is a backend: HCP Terraform or a provider keeps the state.
    | { readonly kind: 'cloud' | 'state_store' }
    // OpenTofu reads this backend and Terraform another one, or only one of them reads any.
    | { readonly kind: 'differs'; readonly terraform: Position | undefined }
  );

/** A file can't be read, or two contradict each other. */
export class ConfigFileError extends Error {
  readonly position: Position;
  readonly wording: Wording;

  constructor(position: Position, wording: Wording) {
    super(wording((text) => text));
    this.name = 'ConfigFileError';
    this.position = position;
    this.wording = wording;
  }
}

/** Whether Terraform or OpenTofu reads a file with this name as part of the module. Pure. */
export function isConfigName(name: string): boolean {
  const isHidden = /^\.|~$|^#.*#$/.test(name);
  return /\.(?:tf|tofu)(?:\.json)?$/.test(name) && !isHidden;
}

const TERRAFORMS = /\.tf(?=(?:\.json)?$)/;

/**
 * The backend of a root module. OpenTofu reads `x.tofu` instead of `x.tf`, and Terraform reads no `.tofu` files. The
 * action can't know which one the job runs, so both must read the same backend. Errors: ConfigFileError.
 */
export function findBackend(files: readonly ConfigFile[]): FoundBackend | undefined {
  const names = new Set(files.map(({ name }) => name));
  const isTerraforms = ({ name }: ConfigFile) => TERRAFORMS.test(name);
  const hasTwin = ({ name }: ConfigFile) => names.has(name.replace(TERRAFORMS, '.tofu'));
  const tofus = mergedBackend(files.filter((file) => !(isTerraforms(file) && hasTwin(file))));
  const terraforms = mergedBackend(files.filter(isTerraforms));
  // Terraform ignores OpenTofu's own modules.
  if (terraforms === undefined || isSame(tofus, terraforms)) return tofus;
  return { ...toPosition(tofus ?? terraforms), kind: 'differs', terraform: tofus && toPosition(terraforms) };
}

/** Wherever they stand. */
function isSame(one: FoundBackend | undefined, other: FoundBackend): boolean {
  const text = (found: FoundBackend | undefined) =>
    found?.kind === 'backend'
      ? JSON.stringify([found.type, [...found.values].sort()], (key, value: unknown) =>
          key === 'line' ? 0 : value,
        )
      : found?.kind;
  return text(one) === text(other);
}

function toPosition({ file, line }: Position): Position {
  return { file, line };
}

/**
 * The backend in a module's files, then in its override files by name. Each one replaces the backend as a whole, as in
 * Terraform.
 */
function mergedBackend(files: readonly ConfigFile[]): FoundBackend | undefined {
  const sorted = [...files].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  const isOverride = ({ name }: ConfigFile) => /(?:^|_)override\.(?:tf|tofu)(?:\.json)?$/.test(name);
  const own = theOnly(sorted.filter((file) => !isOverride(file)).flatMap(backendsIn));
  const overrides = sorted.filter(isOverride).map((file) => theOnly(backendsIn(file)));
  return overrides.reduce((last, next) => next ?? last, own);
}

/** The arguments in a file of backend settings. Errors: ConfigFileError. */
export function argumentsIn({ name, text }: ConfigFile): Arguments {
  return located(name, () => {
    if (!name.endsWith('.json')) return readArguments(parseBody(text, []));
    return new Map(readEntries(parseJson(text)));
  });
}

function theOnly([first, second]: readonly FoundBackend[]): FoundBackend | undefined {
  if (first === undefined || second === undefined) return first;
  const earlier = `${first.file}:${first.line}`;
  throw new ConfigFileError(
    second,
    () => `a module has only one backend, and there is already one at ${earlier}`,
  );
}

function backendsIn({ name, text }: ConfigFile): FoundBackend[] {
  return located(name, () => (name.endsWith('.json') ? inJson(name, text) : inHcl(name, text)));
}

function inHcl(file: string, text: string): FoundBackend[] {
  const root = parseBody(text, ['terraform', 'backend']);
  const inner = root.blocks.filter(({ type }) => type === 'terraform').flatMap(({ body }) => body.blocks);
  return inner.flatMap(({ type, labels, body, line }): FoundBackend[] => {
    if (type === 'cloud' || type === 'state_store') return [{ kind: type, file, line }];
    if (type !== 'backend') return [];
    return [{ kind: 'backend', type: labels[0] ?? '', values: readArguments(body), file, line }];
  });
}

function readArguments({ values, blocks }: Body): Arguments {
  const marks = blocks.map(({ type, line }): Entry => [type, { kind: 'block', line }]);
  return new Map([...values, ...marks]);
}

function inJson(file: string, text: string): FoundBackend[] {
  const settings = readEntries(parseJson(text))
    .filter(([name]) => name === 'terraform')
    .flatMap(([, value]) => readEntries(value));
  return settings.flatMap(([name, value]): FoundBackend[] => {
    if (name === 'cloud' || name === 'state_store') return [{ kind: name, file, line: value.line }];
    if (name !== 'backend') return [];
    return readEntries(value).map(([type, body]) => {
      const values = new Map(readEntries(body));
      return { kind: 'backend', type, values, file, line: body.line };
    });
  });
}

/** A body in JSON is an object or a list of objects; `//` is a comment. */
function readEntries(value: ConfigValue): Entry[] {
  if (value.kind === 'list') return value.items.flatMap(readEntries);
  return value.kind === 'object' ? value.entries.filter(([name]) => name !== '//') : [];
}

function located<Value>(file: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigSyntaxError)) throw error;
    throw new ConfigFileError({ file, line: error.line }, error.wording);
  }
}
