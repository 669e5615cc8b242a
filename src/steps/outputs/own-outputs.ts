import { type JsonValue, printJson } from '../../statefile/json-tree.ts';
import type { ComparedOutputs } from './compare-states.ts';
import type { ListedBy } from './listed-states.ts';
import type { SelectedState } from './select.ts';
import type { OUTPUTS_OUTPUTS } from './step-names.ts';

type OwnOutput = Exclude<
  (typeof OUTPUTS_OUTPUTS)[number],
  'outputs_file' | keyof ComparedOutputs | 'reason_code' | 'result'
>;

/** What the action says of all outputs and of their state; of each state, by its name, where several were asked for. Pure. */
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

/** What became of outputs, as JSON lists of their names; empty where nothing was compared. Pure. */
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

/** What is not there is empty, as a workflow expects it. */
function toText(fact: JsonValue): string {
  if (fact === null) return '';
  return typeof fact === 'string' ? fact : printJson(fact);
}
