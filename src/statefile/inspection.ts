import type { PartialHeader, StateHeader } from './header.ts';
import type { ResourceIndex } from './resource-index.ts';

/**
 * The `content` of every state that OpenTofu encrypted: its ciphertext is another at each write, also where nothing changed, so
 * that only serial and lineage tell two of them apart. No hash looks like it.
 */
export const ENCRYPTED_CONTENT = 'encrypted';

/** What the bytes of a state are. */
export type StateInspection = ValidState | InvalidState;

export interface ValidState {
  readonly kind: 'state';
  readonly header: StateHeader;
  /**
   * Hash of outputs and resources. A newer Terraform that has nothing to change still writes the file anew, with its
   * own version and layout but the same serial: then the MD5 differs and this does not.
   */
  readonly content: string;
  /** Neither outputs nor resources: to Terraform as good as no state at all (docs/protocol.md#push-rules). */
  readonly isEmpty: boolean;
  /** Undefined when there are too many resources to list. */
  readonly resources: ResourceIndex | undefined;
}

export interface InvalidState {
  readonly kind: 'invalid';
  readonly problem: InvalidProblem;
  /** Ends the sentence "the state can't be used: ..."; holds no value of the state. */
  readonly detail: string;
  readonly header: PartialHeader;
}

/**
 * `empty`: no bytes or only white space; `truncated`: the beginning of JSON; `not_json`: not even that; `malformed`:
 * JSON, but with a top level that Terraform refuses; `encrypted`: by OpenTofu, and more than is wanted of it.
 */
export type InvalidProblem = 'empty' | 'not_json' | 'truncated' | 'not_version_4' | 'malformed' | 'encrypted';
