import type { PlanAccess, VersionsAccess } from './uses.ts';

/** The names of state objects as policy patterns, see `exactly` and `between`. */
export interface KeyPatterns {
  readonly patterns: readonly string[];
  /** False when a pattern matches more keys than it was made for. */
  readonly exact: boolean;
}

/** What else is done with the states, besides their main use. */
export interface FurtherUse {
  /** Whether locks are found by a scan of the table. */
  readonly scansTable?: boolean;
  /** Which versions of the states are read besides the current one; undefined: none. */
  readonly versions?: VersionsAccess | undefined;
  /** What is done with the plans beside the states; undefined: nothing. */
  readonly plans?: PlanAccess | undefined;
  /** Whether the previous state is kept as a snapshot before a push, and old snapshots are deleted. */
  readonly keepsSnapshots?: boolean;
  /** Whether a session that only reads a state also keeps, beside it, one that must not be pushed. */
  readonly rescues?: boolean;
  /** Whether the lock's queue is joined: whoever gives no time to wait has no need of it. */
  readonly queues?: boolean;
}

/** The states to use, where they are, and what is done with them. */
export interface Grant extends FurtherUse {
  readonly bucket: string;
  readonly keys: KeyPatterns;
  readonly region: string;
  /** `*` when unknown. */
  readonly account: string;
  readonly table: string | undefined;
  readonly useLockfile: boolean;
  /** Whether states are found by a key prefix. */
  readonly listsStates?: boolean;
  /** The ARNs of the keys, or `*`, under which OpenTofu encrypts the states. */
  readonly openTofuKeys?: readonly string[];
  /** Whether policies may use the condition key `s3:if-none-match`. AWS knows it, but other stores don't. */
  readonly knowsConditionalWrites?: boolean;
  readonly acl: string | undefined;
  /** Whether state objects and lock files get tags. */
  readonly tagsStates?: boolean;
  readonly tagsLocks?: boolean;
  /** The ARN of the key, or `*`, that KMS may decrypt and encrypt with; undefined when there is none. */
  readonly decryptWith: string | undefined;
  readonly encryptWith: string | undefined;
}

/** The pattern that matches exactly this name. Escapes IAM's own wildcards and variables. Pure. */
export function exactly(name: string): string {
  return name.replace(/[*?]|\$(?=\{)/g, (special) => `\${${special}}`);
}

/** The pattern for all names with this beginning and end. Pure. */
export function between(head: string, tail: string): string {
  return `${exactly(head)}*${exactly(tail)}`;
}
