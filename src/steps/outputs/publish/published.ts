import type { StateAddress } from '../../../backend/address.ts';
import type { JsonValue } from '../../../statefile/json-tree.ts';

/** One selected output in the form that others may see. */
export interface PublishedOutput {
  readonly name: string;
  /** In Terraform's language: `list(string)`. */
  readonly type: string;
  /** Undefined for a sensitive one: nothing of its value, not even a hash, goes beyond the step's own outputs. */
  readonly value: JsonValue | undefined;
}

/** The selected outputs of one state, sorted by name. */
export interface PublishedState {
  readonly address: StateAddress;
  /** Undefined when there is no state. The outputs are then defaults. */
  readonly serial: bigint | undefined;
  readonly outputs: readonly PublishedOutput[];
}
