import { type JsonValue, printJson } from '../../statefile/json-tree.ts';
import type { ComparedOutputs } from './compare-states.ts';
import type { ListedBy } from './listed-states.ts';
import type { SelectedState } from './select.ts';
import type { OUTPUTS_OUTPUTS } from './step-names.ts';

type OwnOutput = Exclude<
  (typeof OUTPUTS_OUTPUTS)[number],
  'outputs_file' | keyof ComparedOutputs | 'reason_code' | 'result'
>;

/** What the action reports about all outputs and their state; for several states, by each one's name. Pure. */
export function ownOutputs(
  states: readonly SelectedState[],
  listedBy: ListedBy | undefined,
): Record<OwnOutput, string> {
  const addNotice = (fact: (state: SelectedState) => JsonValue): string => {
    const [first] = states;
    if (listedBy === undefined && first !== undefined) return toText(fact(first));
    return printJson(new Map(states.map((state) => [state.name, fact(state)])));
  };
  return {
    outputs: addNotice(
      ({ outputs }) => new Map(outputs.filter(isOpen).map(({ name, value }) => [name, value])),
    ),
    names: addNotice(({ outputs }) => outputs.map(({ name }) => name)),
    serial: addNotice(({ header }) => (header === undefined ? null : { digits: String(header.serial) })),
    lineage: addNotice(({ header }) => header?.lineage ?? null),
    workspace:
      listedBy === 'workspaces'
        ? printJson(states.map(({ address }) => address.workspace))
        : addNotice(({ address }) => address.workspace),
    state_exists: addNotice(({ header }) => header !== undefined),
    found: addNotice(({ outputs }) => outputs.length > 0 && outputs.every(({ isDefault }) => !isDefault)),
  };
}

/** What happened to outputs, as JSON lists of their names; empty when nothing was compared. Pure. */
export function comparisonOutputs(
  compared: ComparedOutputs | undefined,
): Record<keyof ComparedOutputs, string> {
  const list = (names: readonly string[] | undefined) => (names === undefined ? '' : JSON.stringify(names));
  return {
    added: list(compared?.added),
    changed: list(compared?.changed),
    removed: list(compared?.removed),
    retyped: list(compared?.retyped),
  };
}

function isOpen({ sensitive }: { readonly sensitive: boolean }): boolean {
  return !sensitive;
}

/** A missing value is empty, as workflows expect. */
function toText(fact: JsonValue): string {
  if (fact === null) return '';
  return typeof fact === 'string' ? fact : printJson(fact);
}
