import type { StateAddress } from '../../backend/address.ts';
import { explainUnmatched } from '../../messages/outputs-refused.ts';
import type { StateOutputs } from '../../statefile/outputs.ts';
import { matchesGlob } from '../../text/glob.ts';
import type { ListedBy } from './listed-states.ts';
import { OutputsRefused } from './refusal.ts';
import { type SelectedState, type Selection, selectOutputs } from './select.ts';

/**
 * The selected outputs of named states. An item of `select` with a `.` selects outputs of one state, any other those of
 * all. It must match an output of any of them. Errors: OutputsRefused `nothing_selected`.
 */
export function selectFromNamed(
  addresses: readonly StateAddress[],
  read: readonly (StateOutputs | undefined)[],
  { names, select, defaults }: Selection & { readonly names: readonly string[] },
): SelectedState[] {
  const states = addresses.map((address, i) => {
    const name = names[i] ?? '';
    const own = { select: [], defaults: readDefaults(name, defaults) };
    return selectOutputs(address, read[i], own, name);
  });
  refuseUnmatched(states, select);
  return states.map((state) => ({
    ...state,
    outputs: state.outputs.filter((output) => isSelected(select, qualify(state, output.name))),
  }));
}

/** An output and its state. */
export interface QualifiedName {
  readonly state: string;
  readonly output: string;
}

const qualify = ({ name: state }: SelectedState, output: string): QualifiedName => ({ state, output });

function isSelected(select: readonly string[], name: QualifiedName): boolean {
  return select.length === 0 || select.some((item) => fits(item, name));
}

/** Whether an output of one of the states is selected. Pure. */
export function isSelectedFrom(
  select: readonly string[],
  listedBy: ListedBy | undefined,
  name: QualifiedName,
): boolean {
  if (listedBy === 'states') return isSelected(select, name);
  return select.length === 0 || select.some((item) => matchesGlob(item, name.output));
}

/** The name of an output never contains a `.`. */
function fits(item: string, { state, output }: QualifiedName): boolean {
  return matchesGlob(item, item.includes('.') ? `${state}.${output}` : output);
}

function readDefaults(name: string, defaults: Selection['defaults']): Selection['defaults'] {
  const prefix = `${name}.`;
  const own = [...defaults].filter(([key]) => key.startsWith(prefix));
  return new Map(own.map(([key, value]) => [key.slice(prefix.length), value]));
}

/** A missing state, which was allowed, might have had any output. */
function refuseUnmatched(states: readonly SelectedState[], select: readonly string[]): void {
  if (states.some(({ header }) => header === undefined)) return;
  const all = states.flatMap((state) => state.available.map((output) => qualify(state, output)));
  const unmatched = select.filter((item) => !all.some((name) => fits(item, name)));
  if (unmatched.length === 0) return;
  const addresses = states.map(({ address }) => address);
  const available = all.map(({ state, output }) => `${state}.${output}`);
  throw new OutputsRefused('nothing_selected', explainUnmatched(addresses, unmatched, available));
}
