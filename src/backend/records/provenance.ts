/**
 * Who wrote a version of a state object: S3 user metadata, which neither Terraform nor OpenTofu reads or writes.
 * Another client wrote an object without it.
 */
export interface StateProvenance {
  /** The run's page, with its attempt. */
  readonly run: string;
  readonly actor: string;
  /** The id of the lock under which it was written. */
  readonly lockId: string;
  /** The MD5 of the whole object, in hex. Unlike the ETag, it does not depend on the encryption. */
  readonly md5: string;
  /** The id of the version that this is a copy of, with another serial; undefined when it is not a copy. */
  readonly restoredFrom?: string | undefined;
  /** Where the lock was; undefined: there was none, or an older version of this action wrote the object. */
  readonly lockStores?: readonly LockStoreName[] | undefined;
  /** The commit of the run; undefined: unknown, or an older version of this action wrote the object. */
  readonly commit?: string | undefined;
}

/** One of the two places where a lock can be. */
export type LockStoreName = 'file' | 'item';

/** The stores that these settings lock a state in, in Terraform's order; undefined: none. Pure. */
export function nameLockStores({
  table,
  useLockfile,
}: {
  readonly table: string | undefined;
  readonly useLockfile: boolean;
}): readonly LockStoreName[] | undefined {
  if (table === undefined) return useLockfile ? ['file'] : undefined;
  return useLockfile ? ['file', 'item'] : ['item'];
}

const PREFIX = 'terraform-s3-state-';

/** The metadata of an object. Values that a header can't carry are percent-encoded. */
export function provenanceMetadata(provenance: StateProvenance): Record<string, string> {
  const { restoredFrom, lockStores, commit } = provenance;
  const from = restoredFrom === undefined ? {} : { [`${PREFIX}restored-from`]: encodeURI(restoredFrom) };
  const stores = lockStores === undefined ? {} : { [`${PREFIX}lock-stores`]: lockStores.join(' ') };
  const code = commit === undefined ? {} : { [`${PREFIX}commit`]: commit };
  return {
    ...from,
    ...stores,
    ...code,
    [`${PREFIX}run`]: encodeURI(provenance.run),
    [`${PREFIX}actor`]: encodeURI(provenance.actor),
    [`${PREFIX}lock-id`]: encodeURI(provenance.lockId),
    [`${PREFIX}md5`]: provenance.md5,
  };
}

/** Reads the metadata; undefined when another client wrote the object. */
export function parseProvenance(metadata: Record<string, string> | undefined): StateProvenance | undefined {
  const field = (name: string): string | undefined => decode(metadata?.[`${PREFIX}${name}`]);
  const run = field('run');
  const actor = field('actor');
  const lockId = field('lock-id');
  const md5 = field('md5');
  if (run === undefined || actor === undefined || lockId === undefined || md5 === undefined) return undefined;
  const restoredFrom = field('restored-from');
  const lockStores = parseLockStores(field('lock-stores'));
  const commit = parseCommit(field('commit'));
  const written: StateProvenance = { run, actor, lockId, md5 };
  const locked = lockStores === undefined ? written : { ...written, lockStores };
  const made = commit === undefined ? locked : { ...locked, commit };
  return restoredFrom === undefined ? made : { ...made, restoredFrom };
}

/** The id of a Git commit, SHA-1 or SHA-256; undefined for any other text. Pure. */
export function parseCommit(text: string | undefined): string | undefined {
  return text !== undefined && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text) ? text : undefined;
}

function parseLockStores(text: string | undefined): readonly LockStoreName[] | undefined {
  const names = (text ?? '').split(' ');
  const stores = (['file', 'item'] as const).filter((store) => names.includes(store));
  return stores.length === 0 ? undefined : stores;
}

function decode(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return decodeURI(text);
  } catch {
    return text;
  }
}
