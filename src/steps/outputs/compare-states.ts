import { isJsonNumber, isJsonObject, type JsonValue, printJson } from '../../statefile/json-tree.ts';
import type { StateOutput } from '../../statefile/outputs.ts';
import type { ListedBy } from './listed-states.ts';
import { nameOutput } from './plan.ts';
import type { SelectedOutput, SelectedState } from './select.ts';
import { isSelectedFrom } from './select-named.ts';

/** The earlier outputs of one state, or those of another. */
export interface EarlierState {
  readonly outputs: ReadonlyMap<string, Pick<StateOutput, 'value' | 'type' | 'sensitive'>>;
  /**
   * False for a plain JSON file, which has only values: it contains neither types nor the omitted sensitive outputs.
   */
  readonly isWhole: boolean;
  /** Published outputs have no resources to look anything up in. */
  readonly isWithoutResources?: boolean;
}

/** The labels of outputs by what happened to them, each in at most one list, sorted. */
export interface ComparedOutputs {
  readonly added: readonly string[];
  /** Another value of the same type. */
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  readonly retyped: readonly string[];
}

type Outcome = keyof ComparedOutputs | 'same';

/** Compares the selected outputs of the states with the earlier ones. Defaults don't count. Pure. */
export function compareStates(
  states: readonly SelectedState[],
  earlier: readonly EarlierState[],
  { listedBy, select }: { readonly listedBy: ListedBy | undefined; readonly select: readonly string[] },
): ComparedOutputs {
  const found = states.flatMap((state, i) => {
    const before = earlier[i] ?? NOTHING;
    const label = (output: string) => nameOutput(listedBy, state.name, output).label;
    const isOurs = (output: string) => isSelectedFrom(select, listedBy, { state: state.name, output });
    const own = state.outputs.filter(({ isDefault }) => !isDefault);
    const names = new Set(own.map(({ name }) => name));
    const gone = [...before.outputs.keys()].filter((name) => !names.has(name) && isOurs(name));
    return [
      ...own.map((output): [string, Outcome] => [label(output.name), compareOne(before, output)]),
      ...gone.map((name): [string, Outcome] => [label(name), 'removed']),
    ];
  });
  const list = (outcome: Outcome) => found.flatMap(([label, own]) => (own === outcome ? [label] : [])).sort();
  return {
    added: list('added'),
    changed: list('changed'),
    removed: list('removed'),
    retyped: list('retyped'),
  };
}

/** Before there was a state. */
export const NOTHING: EarlierState = { outputs: new Map(), isWhole: true };

function compareOne(earlier: EarlierState, now: SelectedOutput): Outcome {
  const { outputs, isWhole } = earlier;
  const isLookup = now.isLookup === true;
  if (isLookup && earlier.isWithoutResources === true) return 'same';
  const before = outputs.get(now.name);
  if (before === undefined) return isWhole || !now.sensitive ? 'added' : 'same';
  // A state has no types of attributes.
  const isTyped = isWhole && !isLookup;
  const isRetyped = isTyped ? before.type !== now.type : areOtherKinds(before.value, now.value);
  if (isRetyped) return 'retyped';
  return printJson(before.value) === printJson(now.value) ? 'same' : 'changed';
}

/** `null` has any type. */
function areOtherKinds(one: JsonValue, other: JsonValue): boolean {
  return one !== null && other !== null && describeKind(one) !== describeKind(other);
}

function describeKind(value: JsonValue): string {
  if (isJsonObject(value)) return 'object';
  if (isJsonNumber(value)) return 'number';
  return Array.isArray(value) ? 'array' : typeof value;
}
