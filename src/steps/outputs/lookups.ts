import type { ReadOutputs } from '../../backend/state/read-outputs.ts';
import { splitLines } from '../../inputs/list-inputs.ts';
import { STATE_NAME } from '../../inputs/state-lines.ts';
import { explainLookups, explainTakenNames } from '../../messages/outputs-lookup-text.ts';
import type { InputReader } from '../../runner/inputs.ts';
import { parseLookup, type ResourceLookup } from '../../statefile/parse-lookup.ts';
import { formatLookup } from '../../statefile/resource-lookup.ts';
import { typeOfDefault } from './defaults.ts';
import type { StateList } from './listed-states.ts';
import { OutputsRefused } from './refusal.ts';
import type { SelectedOutput, SelectedState } from './select.ts';

const FORM =
  'write NAME=ADDRESS.ATTRIBUTE on each line, such as vpc=module.net.aws_vpc.main[0].id, with [*] after the resource for all its instances';

/** Reads `lookup` for each of the states. Problems go to the reader. */
export function readLookups(
  reader: InputReader,
  { by, states }: StateList,
  source: 'state' | 'published',
): readonly (readonly ResourceLookup[])[] {
  const given = reader.text('lookup');
  if (given === undefined) return states.map(() => []);
  if (source === 'published')
    reader.reject('lookup', given, 'published outputs have no resources: read the state itself');
  const read = splitLines(given).map((line) => readLine(reader, line, by === 'states'));
  const lookups = read.flatMap((one) => one ?? []);
  rejectTwice(reader, lookups);
  if (by !== 'states') return states.map(() => lookups.map(({ lookup }) => lookup));
  for (const { state } of lookups) {
    if (states.some(({ name }) => name === state)) continue;
    reader.reject(
      'lookup',
      state,
      `begin with the name of the state, as in ${states[0].name}.vpc=aws_vpc.main.id`,
    );
  }
  return states.map(({ name }) => lookups.flatMap(({ state, lookup }) => (state === name ? [lookup] : [])));
}

interface NamedLookup {
  readonly state: string;
  readonly lookup: ResourceLookup;
}

function readLine(reader: InputReader, line: string, isNamed: boolean): NamedLookup | undefined {
  const [, left = '', address = ''] = /^([^=]*?)\s*=\s*(.*)$/.exec(line) ?? [];
  const dot = isNamed ? left.indexOf('.') : -1;
  const name = left.slice(dot + 1);
  const lookup = STATE_NAME.test(name) ? parseLookup(name, address) : undefined;
  if (lookup !== undefined) return { state: left.slice(0, Math.max(dot, 0)), lookup };
  reader.reject('lookup', line, FORM);
  return undefined;
}

function rejectTwice(reader: InputReader, lookups: readonly NamedLookup[]): void {
  const groups = Map.groupBy(lookups, ({ state, lookup }) => `${state}.${lookup.name}`.toLowerCase());
  for (const [first, second] of groups.values()) {
    if (second !== undefined && first !== undefined)
      reader.reject('lookup', second.lookup.name, 'give each lookup its own name');
  }
}

/**
 * The states with the results of lookups as additional outputs. A failed lookup gets its default, if there is one.
 *
 * Errors: OutputsRefused `lookup_not_found`, `names_collide`.
 */
export function addLookups(
  states: readonly SelectedState[],
  read: readonly (ReadOutputs | undefined)[],
  { lookups }: { readonly lookups: readonly (readonly ResourceLookup[])[] },
): SelectedState[] {
  const added = states.map((state, i) => addTo(state, lookups[i] ?? [], read[i]));
  const taken = added.flatMap(({ taken }) => taken);
  const missing = added.flatMap(({ missing }) => missing);
  if (taken.length > 0) throw new OutputsRefused('names_collide', explainTakenNames(taken));
  if (missing.length > 0) throw new OutputsRefused('lookup_not_found', explainLookups(missing));
  return added.map(({ state }) => state);
}

interface Addition {
  readonly state: SelectedState;
  /** Names that outputs of the state already have. */
  readonly taken: readonly string[];
  /** What was not found, in words. */
  readonly missing: readonly string[];
}

function addTo(
  state: SelectedState,
  lookups: readonly ResourceLookup[],
  read: ReadOutputs | undefined,
): Addition {
  const names = new Set(lookups.map(({ name }) => name));
  const twins = state.outputs.filter(({ name }) => names.has(name));
  const found = lookups.map((lookup) => ({
    lookup,
    output: toOutput(lookup, read) ?? twins.find(({ name }) => name === lookup.name),
  }));
  const others = state.outputs.filter(({ name }) => !names.has(name));
  return {
    state: { ...state, outputs: [...others, ...found.flatMap(({ output }) => output ?? [])] },
    taken: twins.filter(({ isDefault }) => !isDefault).map(({ name }) => name),
    // Nothing can be found in a state that may be missing.
    missing:
      read === undefined
        ? []
        : found.flatMap(({ lookup, output }) =>
            output === undefined ? [describeMissing(lookup, read)] : [],
          ),
  };
}

function toOutput(lookup: ResourceLookup, read: ReadOutputs | undefined): SelectedOutput | undefined {
  const finding = read?.lookups?.get(lookup.name);
  if (finding?.kind !== 'found') return undefined;
  const { value, sensitive } = finding;
  const type = typeOfDefault(value);
  return { name: lookup.name, value, type, sensitive, isDefault: false, isLookup: true };
}

/** What the lookups find in a state to compare with, which needs not have all of them. Pure. */
export function findLookups(
  lookups: readonly ResourceLookup[],
  read: ReadOutputs | undefined,
): readonly SelectedOutput[] {
  return lookups.flatMap((lookup) => toOutput(lookup, read) ?? []);
}

function describeMissing(lookup: ResourceLookup, read: ReadOutputs): string {
  const address = formatLookup(lookup);
  const path = lookup.path.map(({ kind, text }) => (kind === 'name' ? `.${text}` : `[${text}]`)).join('');
  const isAttribute = read.lookups?.get(lookup.name)?.kind === 'no_attribute';
  return isAttribute
    ? `${lookup.name}: ${address} has no ${path.slice(1)}`
    : `${lookup.name}: there is no ${address}`;
}
