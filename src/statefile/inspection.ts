import type { PartialHeader, StateHeader } from './header.ts';
import type { ResourceIndex } from './resource-index.ts';

/**
 * The `content` of every state that OpenTofu encrypted. Its ciphertext differs at each write even without a change, so
 * only serial and lineage distinguish two of them. No hash looks like this.
 */
export const ENCRYPTED_CONTENT = 'encrypted';

/** The result for the bytes of a state. */
export type StateInspection = ValidState | InvalidState;

export interface ValidState {
  readonly kind: 'state';
  readonly header: StateHeader;
  /**
   * The hash of outputs and resources. A newer Terraform without changes still rewrites the file with its own version
   * and layout, but the same serial. Then the MD5 differs and this does not.
   */
  readonly content: string;
  /**
   * Whether there are neither outputs nor resources. To Terraform that equals no state at all
   * (docs/protocol.md#push-rules).
   */
  readonly isEmpty: boolean;
  /** Undefined when there are too many resources to list. */
  readonly resources: ResourceIndex | undefined;
}

export interface InvalidState {
  readonly kind: 'invalid';
  readonly problem: InvalidProblem;
  /** Ends the sentence "the state can't be used: ..."; contains no value of the state. */
  readonly detail: string;
  readonly header: PartialHeader;
}

/**
 * `empty`: no bytes or only white space; `truncated`: the beginning of JSON; `not_json`: not even that; `malformed`:
 * JSON with a top level that Terraform refuses; `encrypted`: by OpenTofu, when more than serial and lineage is needed.
 */
export type InvalidProblem =
  | 'empty'
  | 'not_json'
  | 'truncated'
  | 'not_version_4'
  | 'malformed'
  | 'encrypted'
  | 'unsupported_encryption';
