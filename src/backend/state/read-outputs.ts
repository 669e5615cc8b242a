import { createHash } from 'node:crypto';
import { addAbortSignal, type Readable } from 'node:stream';
import { AwsError } from '../../aws/errors.ts';
import { createOutputsReader, type OutputsCheck, type StateOutputs } from '../../statefile/outputs.ts';
import type { ResourceLookup } from '../../statefile/parse-lookup.ts';
import { requireStream } from '../objects/get-object.ts';
import { readHeaders } from '../objects/object-headers.ts';
import { parseProvenance } from '../records/provenance.ts';
import type { Backend } from '../settings.ts';
import { StateError } from '../state-error.ts';
import { isState, readInAgreement, type SeenObject, type WindowOptions } from './consistency.ts';
import type { StateDecryption } from './decryption.ts';
import type { StoredDigest } from './digest.ts';

/** The root outputs of a state, and the bytes that it took to read them. */
export interface ReadOutputs extends StateOutputs {
  readonly bytesRead: number;
}

interface SeenOutputs extends SeenObject {
  readonly decision: OutputsCheck;
}

/**
 * Reads the root outputs of a state: one GET and one read of the digest in parallel, without a lock, a write or a list.
 * Reading stops after the outputs if the rest can prove nothing more: when the digest equals an ETag that is the MD5 of
 * the body (any other ETag never equals it), or when there is no valid digest. Undefined when there is no state.
 *
 * Errors: StateError `digest_mismatch` (docs/protocol.md#waiting-for-consistency) or `state_unreadable`, AwsError of
 * the read.
 */
export async function readOutputs(
  backend: Backend,
  options: WindowOptions & ReadContent,
): Promise<ReadOutputs | undefined> {
  const { seen } = await readInAgreement(backend, options, (digest) => readObject(backend, digest, options));
  return isState(seen) ? toOutputs(seen, backend) : undefined;
}

/**
 * The same for one version of it, without regard to the digest; undefined for the object itself. Errors: StateError
 * `state_unreadable`, AwsError of the read.
 */
export async function readOutputsVersion(
  backend: Backend,
  versionId: string | undefined,
  content: ReadContent = {},
): Promise<ReadOutputs | undefined> {
  const seen = await readObject(backend, Promise.resolve({ kind: 'absent' }), { versionId, ...content });
  return seen === undefined || !isState(seen) ? undefined : toOutputs(seen, backend);
}

function toOutputs({ decision, size }: SeenOutputs, backend: Backend): ReadOutputs {
  if (decision.kind === 'outputs') return { ...decision.state, bytesRead: size };
  const { problem, detail } = decision;
  throw new StateError({ reason: 'state_unreadable', where: 'stored', problem, detail }, backend);
}

/** What to read, unless it is the outputs of the current object. */
export interface ReadContent {
  readonly lookups?: readonly ResourceLookup[] | undefined;
  /** Undefined when encrypted states can't be read. */
  readonly decryption?: StateDecryption | undefined;
}

interface ReadRequest extends ReadContent {
  readonly versionId?: string | undefined;
}

async function readObject(
  { aws, address, objects }: Backend,
  digest: Promise<StoredDigest>,
  { versionId, ...content }: ReadRequest,
): Promise<SeenOutputs | undefined> {
  const { bucket, objectKey } = address;
  const input = { Bucket: bucket, Key: objectKey, VersionId: versionId, ...readHeaders(objects) };
  const api = versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion';
  const description = { api, resource: `s3://${bucket}/${objectKey}` };
  try {
    return await aws.call(description, async (signal) => {
      // Ends the request itself. The SDK's checksum wrapper would otherwise read the rest of the body.
      const enough = new AbortController();
      try {
        const abortSignal = AbortSignal.any([signal, enough.signal]);
        const response = await aws.s3.send(({ GetObjectCommand }) => new GetObjectCommand(input), {
          abortSignal,
        });
        const seen = await readBody(
          requireStream(response.Body),
          response.ETag,
          { digest, ...content, aws },
          signal,
        );
        return { ...seen, provenance: parseProvenance(response.Metadata) };
      } finally {
        enough.abort();
      }
    });
  } catch (error) {
    if (error instanceof AwsError && error.kind === 'no_such_key') return undefined;
    throw error;
  }
}

async function readBody(
  body: Readable,
  etag: string | undefined,
  {
    digest,
    lookups,
    decryption,
    aws,
  }: ReadContent & Pick<Backend, 'aws'> & { readonly digest: Promise<StoredDigest> },
  signal: AbortSignal,
): Promise<Omit<SeenOutputs, 'provenance'>> {
  const reader = createOutputsReader(lookups);
  const encrypted = decryption && (await openEncrypted(aws, decryption, lookups));
  const hash = createHash('md5');
  let hasAll = false;
  let size = 0;
  for await (const chunk of addAbortSignal(signal, body)) {
    size += chunk.length;
    hash.update(chunk);
    await encrypted?.write(chunk);
    if (hasAll) continue;
    hasAll = reader.write(chunk);
    const proof = hasAll ? proofWithoutRest(await digest, etag) : undefined;
    if (proof !== undefined) return { ...proof, size, decision: reader.end() };
  }
  return { md5: hash.digest('hex'), size, decision: encrypted?.end() ?? reader.end() };
}

/** Loaded only when a key is given. */
async function openEncrypted(
  aws: Backend['aws'],
  decryption: StateDecryption,
  lookups: ReadContent['lookups'],
) {
  const { createEncryptedOutputsReader } = await import('./encrypted-outputs.ts');
  return createEncryptedOutputsReader(decryption, lookups, aws.decryptKey);
}

/** Undefined when only the rest of the body can show whether it matches the digest. */
function proofWithoutRest(
  digest: StoredDigest,
  etag: string | undefined,
): Pick<SeenObject, 'md5'> | undefined {
  if (digest.kind !== 'valid') return { md5: undefined };
  return etag === `"${digest.md5}"` ? { md5: digest.md5 } : undefined;
}
