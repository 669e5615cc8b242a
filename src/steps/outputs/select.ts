import type { StateAddress } from '../../backend/address.ts';
import type { StateHeader } from '../../statefile/header.ts';
import type { JsonValue } from '../../statefile/json-tree.ts';
import type { StateOutput, StateOutputs } from '../../statefile/outputs.ts';
import { matchesGlob } from '../../text/glob.ts';
import { typeOfDefault } from './defaults.ts';

/** One selected output. */
export interface SelectedOutput extends StateOutput {
  readonly name: string;
  /** Whether it replaces one that the state does not have. */
  readonly isDefault: boolean;
  /** It is an attribute of a resource, which `lookup` names. */
  readonly isLookup?: boolean | undefined;
}

/** The selected outputs of one state, sorted by name. */
export interface SelectedState {
  readonly address: StateAddress;
  /** Distinguishes it from the other states of the step. */
  readonly name: string;
  /** Undefined when there is no state. */
  readonly header: StateHeader | undefined;
  readonly outputs: readonly SelectedOutput[];
  /** Items that matched nothing. */
  readonly unmatched: readonly string[];
  /** All available names. */
  readonly available: readonly string[];
}

export interface Selection {
  /** Names and globs (`*`, `?`); empty for everything. */
  readonly select: readonly string[];
  readonly defaults: ReadonlyMap<string, JsonValue>;
}

/**
 * Merges the state's outputs over the defaults, as Terraform's data source does
 * (docs/protocol.md#remote-state-outputs), and selects. Pure.
 */
export function selectOutputs(
  address: StateAddress,
  state: StateOutputs | undefined,
  { select, defaults }: Selection,
  name = address.workspace,
): SelectedState {
  const all = new Map<string, SelectedOutput>();
  for (const [name, value] of defaults) {
    all.set(name, { name, value, type: typeOfDefault(value), sensitive: false, isDefault: true });
  }
  for (const [name, output] of state?.outputs ?? []) all.set(name, { name, ...output, isDefault: false });
  const available = [...all.keys()].sort();
  const isSelected = (name: string) => select.length === 0 || select.some((glob) => matchesGlob(glob, name));
  return {
    address,
    name,
    header: state?.header,
    outputs: available.filter(isSelected).flatMap((name) => all.get(name) ?? []),
    unmatched: select.filter((glob) => !available.some((name) => matchesGlob(glob, name))),
    available,
  };
}

/** Whether an item of `select` is the name of one output, not a glob. Pure. */
export function isSpelledOut(item: string): boolean {
  return !/[*?]/.test(item);
}
