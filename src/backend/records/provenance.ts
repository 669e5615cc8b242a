/**
 * Who wrote a version of a state object: kept as S3 user metadata, which neither Terraform nor OpenTofu
 * reads or writes. An object without it was written by somebody else's client.
 */
export interface StateProvenance {
  /** The run's page, with its attempt. */
  readonly run: string;
  readonly actor: string;
  /** Id of the lock it was written under. */
  readonly lockId: string;
  /** MD5 of the whole object, in hex; unlike the ETag it means this whatever the encryption. */
  readonly md5: string;
  /** Id of the version that it is a copy of, with another serial; undefined: it is none. */
  readonly restoredFrom?: string | undefined;
}

const PREFIX = 'terraform-s3-state-';

/** The metadata of an object. Values are percent-encoded where a header could not carry them. */
export function provenanceMetadata(provenance: StateProvenance): Record<string, string> {
  const { restoredFrom } = provenance;
  const from = restoredFrom === undefined ? {} : { [`${PREFIX}restored-from`]: encodeURI(restoredFrom) };
  return {
    ...from,
    [`${PREFIX}run`]: encodeURI(provenance.run),
    [`${PREFIX}actor`]: encodeURI(provenance.actor),
    [`${PREFIX}lock-id`]: encodeURI(provenance.lockId),
    [`${PREFIX}md5`]: provenance.md5,
  };
}

/** Reads it back; undefined when the object was not written by this action. */
export function parseProvenance(metadata: Record<string, string> | undefined): StateProvenance | undefined {
  const field = (name: string): string | undefined => decode(metadata?.[`${PREFIX}${name}`]);
  const run = field('run');
  const actor = field('actor');
  const lockId = field('lock-id');
  const md5 = field('md5');
  if (run === undefined || actor === undefined || lockId === undefined || md5 === undefined) return undefined;
  const restoredFrom = field('restored-from');
  const written = { run, actor, lockId, md5 };
  return restoredFrom === undefined ? written : { ...written, restoredFrom };
}

function decode(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return decodeURI(text);
  } catch {
    return text;
  }
}
