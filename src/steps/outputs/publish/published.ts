import type { StateAddress } from '../../../backend/address.ts';
import type { JsonValue } from '../../../statefile/json-tree.ts';

/** One selected output as others may see it. */
export interface PublishedOutput {
  readonly name: string;
  /** In Terraform's language: `list(string)`. */
  readonly type: string;
  /** Undefined for a sensitive one: nothing of its value, not even a hash, goes further than the step's own outputs. */
  readonly value: JsonValue | undefined;
}

/** The selected outputs of one state, in the order of their names. */
export interface PublishedState {
  readonly address: StateAddress;
  /** Undefined: there is no state; the outputs are then defaults. */
  readonly serial: bigint | undefined;
  readonly outputs: readonly PublishedOutput[];
}
