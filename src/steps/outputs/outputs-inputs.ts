import type { BackendSettings } from '../../backend/settings.ts';
import type { StateDecryption } from '../../backend/state/decryption.ts';
import { InputError } from '../../inputs/input-error.ts';
import type { InputSources } from '../../inputs/input-sources.ts';
import { readUniqueList } from '../../inputs/list-inputs.ts';
import { createBackendsReader, type Replacements } from '../../inputs/read-backend-as.ts';
import { findRepeatedStates } from '../../inputs/repeated-lines.ts';
import { withSessionPolicy } from '../../inputs/session-policy.ts';
import { createInputReader, type InputProblem, type InputReader } from '../../runner/inputs.ts';
import type { Job } from '../../runner/job.ts';
import type { JsonValue } from '../../statefile/json-tree.ts';
import type { ResourceLookup } from '../../statefile/parse-lookup.ts';
import { type CompareWith, readCompareWith, versionsFor } from './compare-inputs.ts';
import { readDecryption } from './decryption-inputs.ts';
import { parseDefaults } from './defaults.ts';
import { type FileInputs, readFileInputs } from './file-inputs.ts';
import { isForbiddenPrefix } from './forbidden-variables.ts';
import { type ListedBy, readStateList, type StateList } from './listed-states.ts';
import { readLookups } from './lookups.ts';
import { type PublishInputs, readPublishInputs } from './publish/publish-inputs.ts';
import { isSpelledOut } from './select.ts';

/** What happens to sensitive outputs. */
export type SensitiveMode = 'omit' | 'mask' | 'fail';

export type OutputsSource = 'state' | 'published';

/** The inputs of the outputs action. */
export interface OutputsInputs {
  /** One for each state, in the requested order. */
  readonly backends: readonly [BackendSettings, ...BackendSettings[]];
  /** The name of each of them, in the same order. */
  readonly names: readonly string[];
  /**
   * How several states were requested. What is reported about a state is then reported for each. Undefined when there
   * is one.
   */
  readonly listedBy: ListedBy | undefined;
  /** Whether the states themselves are read, or what jobs that hold them have published. */
  readonly source: OutputsSource;
  /** Names and globs; empty for everything. */
  readonly select: readonly string[];
  readonly defaults: ReadonlyMap<string, JsonValue>;
  /** What to look up in the resources of each of the states. */
  readonly lookups: readonly (readonly ResourceLookup[])[];
  /** Undefined when states that OpenTofu encrypted can't be read. */
  readonly decryption: StateDecryption | undefined;
  readonly allowMissing: boolean;
  readonly sensitive: SensitiveMode;
  /**
   * The prefix of the environment variables; undefined when none are set; empty for those of outputs that `select`
   * names.
   */
  readonly envPrefix: string | undefined;
  /** The file for the outputs; undefined when there is none. */
  readonly file: FileInputs | undefined;
  readonly publish: PublishInputs;
  /** The state whose published outputs are compared. */
  readonly compare: BackendSettings | undefined;
  /** What the outputs of the states are compared with; undefined for nothing. */
  readonly compareWith: CompareWith | undefined;
  /** The states in the workspace that it names, in the same order. */
  readonly compareBackends: readonly BackendSettings[];
  readonly warnings: readonly string[];
}

interface ReadBackends {
  readonly backends: OutputsInputs['backends'];
  readonly compare: BackendSettings | undefined;
  readonly compareBackends: readonly BackendSettings[];
  readonly warnings: readonly string[];
  readonly problems: readonly InputProblem[];
}

/** Reads the outputs action's inputs and changes nothing. Errors: InputError with every problem. */
export function readOutputsInputs(sources: InputSources): OutputsInputs {
  const reader = createInputReader(sources.env, sources.given);
  rejectTwoComparisons(reader);
  const list = readStateList(reader, sources.env);
  const source = reader.choice('source', ['state', 'published']) ?? 'state';
  const use = source === 'published' ? 'published' : 'outputs';
  const compareWith = readCompareWith(reader, sources.job, source, list.by);
  const read = readBackends(sources, list, compareWith);
  const warnings = [...read.warnings];
  const [first, ...others] = read.backends;
  const compared = [...(read.compare === undefined ? [] : [read.compare]), ...read.compareBackends];
  const versions = versionsFor(compareWith);
  const decryption = readDecryption(reader, source, warnings);
  const all = [first, ...others, ...compared] as const;
  const narrowed = withSessionPolicy(reader, use, all, warnings, {
    versions,
    stateKmsKeys: decryption?.kmsKeys.map(({ keyId }) => keyId) ?? [],
  });
  const sensitive = reader.choice('sensitive', ['omit', 'mask', 'fail']) ?? 'omit';
  if (source === 'published' && sensitive === 'mask') {
    const fix =
      'sensitive outputs are never published: remove this, or read the state itself (source: state)';
    reader.reject('sensitive', sensitive, fix);
  }
  const select = readUniqueList(reader, 'select');
  const inputs: OutputsInputs = {
    // The settings of the first decide about the only connection.
    backends: [narrowed, ...others],
    names: list.states.map(({ name }) => name),
    listedBy: list.by,
    source,
    select,
    defaults: readDefaults(reader, list),
    lookups: readLookups(reader, list, source),
    decryption,
    allowMissing: reader.boolean('allow_missing') ?? false,
    sensitive,
    ...readNamings(reader, sources.job, select),
    publish: readPublishInputs(reader),
    compare: read.compare,
    compareWith,
    compareBackends: read.compareBackends,
    warnings,
  };
  const problems = [...read.problems, ...reader.problems];
  if (problems.length > 0) throw new InputError(problems);
  return inputs;
}

/** The backend's inputs, once for each requested state. Each problem is reported once. */
function readBackends(
  sources: InputSources,
  { states }: StateList,
  compareWith: CompareWith | undefined,
): ReadBackends {
  const { read, problems } = createBackendsReader(sources);
  const [first, ...others] = states;
  const { settings, warnings } = read(first.replacements);
  const other = readCompared(createInputReader(sources.env));
  const backends = [settings, ...others.map(({ replacements }) => read(replacements).settings)] as const;
  return {
    backends,
    compare: other === undefined ? undefined : read(other).settings,
    compareBackends: inWorkspace(states, compareWith).map((replacements) => read(replacements).settings),
    warnings,
    problems: [...problems(), ...findTwins(states, backends)],
  };
}

function rejectTwoComparisons(reader: InputReader): void {
  const given = reader.text('compare_with');
  const other = reader.text('compare_workspace') ?? reader.text('compare_key');
  if (given === undefined || other === undefined) return;
  reader.reject('compare_with', given, 'give either this, or compare_workspace and compare_key');
}

/** One state with two names would have one section for both in the comment. */
function findTwins(states: StateList['states'], backends: readonly BackendSettings[]): InputProblem[] {
  const paths = states.flatMap(({ line }, i) =>
    line === undefined ? [] : [{ line, value: backends[i]?.address.lockPath }],
  );
  return findRepeatedStates('states', paths);
}

/** Each of the states in the workspace to compare with. */
function inWorkspace(states: StateList['states'], compare: CompareWith | undefined): Replacements[] {
  if (compare?.kind !== 'workspace') return [];
  const { workspace: value } = compare;
  return states.map(({ replacements }) => ({
    ...replacements,
    workspace: { input: 'compare_with', value: `workspace:${value}`, backendValue: value },
  }));
}

function readCompared(reader: InputReader): Replacements | undefined {
  const workspace = reader.text('compare_workspace');
  const key = reader.text('compare_key');
  if (workspace === undefined && key === undefined) return undefined;
  return {
    ...(workspace === undefined ? {} : { workspace: { input: 'compare_workspace', value: workspace } }),
    ...(key === undefined ? {} : { key: { input: 'compare_key', value: key } }),
  };
}

function readDefaults(reader: InputReader, list: StateList): ReadonlyMap<string, JsonValue> {
  const given = reader.text('defaults');
  if (given === undefined) return new Map();
  const defaults = parseDefaults(given);
  if (defaults === undefined) {
    reader.reject(
      'defaults',
      given,
      'give a JSON object with a value for each name: {"url": "", "zones": []}',
    );
  }
  if (list.by === 'states') rejectUnnamed(reader, given, defaults, list);
  return defaults ?? new Map();
}

/** With several states, a default must name the state whose output it is for. */
function rejectUnnamed(
  reader: InputReader,
  given: string,
  defaults: ReadonlyMap<string, JsonValue> | undefined,
  { states }: StateList,
): void {
  const isNamed = (key: string) => states.some(({ name }) => key.startsWith(`${name}.`));
  const unnamed = [...(defaults?.keys() ?? [])].find((key) => !isNamed(key));
  if (unnamed === undefined) return;
  reader.reject('defaults', given, `begin each name with its state, as in {"${states[0].name}.vpc_id": ""}`);
}

const VARIABLE_PREFIX = /^[A-Za-z_][A-Za-z0-9_]*_$/;

/** Whoever can write the state chooses the names of outputs, so the workflow must say which variables it wants. */
function readNamings(
  reader: InputReader,
  job: Job,
  select: readonly string[],
): Pick<OutputsInputs, 'envPrefix' | 'file'> {
  const isAsked = reader.boolean('export_env') ?? false;
  const prefix = reader.text('env_prefix');
  if (prefix !== undefined && !VARIABLE_PREFIX.test(prefix)) {
    const fix = 'use letters, digits and _ only, no digit in front, and _ at the end, such as TF_VAR_';
    reader.reject('env_prefix', prefix, fix);
  } else if (prefix !== undefined && isForbiddenPrefix(prefix)) {
    reader.reject(
      'env_prefix',
      prefix,
      'use another one, such as TF_VAR_: tools read variables with this prefix',
    );
  }
  const canName = prefix !== undefined || select.some(isSpelledOut);
  if (isAsked && !canName) {
    const fix = 'give env_prefix, such as TF_VAR_, or name the outputs in select, without * and ?';
    reader.reject('export_env', 'true', fix);
  }
  const file = readFileInputs(reader, job, prefix, canName);
  return { envPrefix: isAsked ? (prefix ?? '') : undefined, file };
}
