import { createReadStream, createWriteStream } from 'node:fs';
import { addAbortSignal, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import { isAwsEndpoint } from '../../aws/aws-endpoints.ts';
import { AwsError } from '../../aws/errors.ts';
import { mayHaveActed } from '../../aws/in-doubt.ts';
import { putFile } from '../../aws/put-file.ts';
import { type HeldLock, orLockLost, underLock } from '../lock/held-lock.ts';
import type { FileFacts } from '../objects/file-facts.ts';
import { passThrough } from '../objects/file-facts.ts';
import { getObject } from '../objects/get-object.ts';
import { describePut, describeRequested, withoutQuotes } from '../objects/object-headers.ts';
import { parseProvenance, provenanceMetadata, type StateProvenance } from '../records/provenance.ts';
import type { Backend } from '../settings.ts';
import type { CurrentObject } from '../state-error.ts';
import { createStateHasher, READ_CHUNK, type StateFacts } from './hash-and-inspect.ts';
import { isProvenWrite, lookUpWrite, type WriteQuestion } from './look-up-object.ts';

/** A state object as it was downloaded. */
export interface DownloadedState extends CurrentObject {
  readonly facts: StateFacts;
}

/**
 * Streams the state object into `path` (mode 0600) and hashes it on the way, with one GET and no HEAD before
 * (docs/protocol.md#one-get). Undefined when there is no object. An interrupted body is fetched again from its start.
 */
export async function downloadState(
  backend: Backend,
  path: string | Promise<string>,
): Promise<DownloadedState | undefined> {
  return await downloadVersion(backend, currentObject(backend), path);
}

/** One version of an object that contains the state, or did. */
export interface ObjectVersion {
  readonly key: string;
  /** Undefined for the current one. */
  readonly versionId: string | undefined;
}

function currentObject({ address }: Backend): ObjectVersion {
  return { key: address.objectKey, versionId: undefined };
}

/** The same for another version. */
export async function downloadVersion(
  backend: Backend,
  version: ObjectVersion,
  path: string | Promise<string>,
): Promise<DownloadedState | undefined> {
  return await getState(backend, version, async (body, signal) => {
    // Node ends the program on an error that nobody listens for. The reader gets it when it begins.
    body.on('error', () => {});
    return await saveBody(body, await path, signal);
  });
}

/** The same as `downloadState` for a state that is only inspected: nothing is written to the disk. */
export async function inspectState(backend: Backend): Promise<DownloadedState | undefined> {
  return await examineVersion(backend, currentObject(backend));
}

/** The same for another version. */
export async function examineVersion(
  backend: Backend,
  version: ObjectVersion,
): Promise<DownloadedState | undefined> {
  return await getState(backend, version, hashBody);
}

async function getState(
  backend: Backend,
  object: ObjectVersion,
  take: (body: Readable, signal: AbortSignal) => Promise<StateFacts>,
): Promise<DownloadedState | undefined> {
  return await getObject(backend, object, async (body, response, signal) => ({
    facts: await take(body, signal),
    versionId: response.VersionId,
    etag: response.ETag,
    lastModified: response.LastModified,
    provenance: parseProvenance(response.Metadata),
  }));
}

async function saveBody(body: Readable, path: string, signal: AbortSignal): Promise<StateFacts> {
  const hasher = createStateHasher();
  await pipeline(body, passThrough(hasher), createWriteStream(path, { mode: 0o600 }), { signal });
  return hasher.end();
}

async function hashBody(body: Readable, signal: AbortSignal): Promise<StateFacts> {
  const hasher = createStateHasher();
  for await (const chunk of addAbortSignal(signal, body)) hasher.write(chunk);
  return hasher.end();
}

/** A local file to store under a key, if the object there still has this ETag or, when undefined, if there is none. */
export interface StoreRequest {
  readonly key: string;
  readonly path: string;
  readonly facts: FileFacts;
  readonly provenance: StateProvenance;
  readonly expectedEtag: string | undefined;
  /** No lock keeps other writers from this key: the condition alone does. */
  readonly isUnlocked?: boolean;
}

/**
 * `conditional` is false when the store's conditional writes don't work, and the object was checked before and after
 * instead.
 */
export type StoreOutcome =
  | {
      readonly kind: 'stored';
      readonly etag: string | undefined;
      readonly versionId: string | undefined;
      readonly conditional: boolean;
    }
  | { readonly kind: 'conflict'; readonly current: CurrentObject | undefined };

/**
 * Stores a file by compare-and-swap (docs/design.md#push-is-a-compare-and-swap): one PUT of known length with
 * `If-Match` or `If-None-Match`. A conflict with an object that is this same write (with a lost answer) counts as
 * stored. If only the condition separates two writers, and the store may ignore it, the object is checked first.
 * `held`: see `pushState`, which is the way to write the state itself.
 */
export async function storeFile(
  backend: Backend,
  request: StoreRequest,
  held?: HeldLock,
): Promise<StoreOutcome> {
  if (mayGoUnnoticed(backend, request)) {
    const current = await lookUpWrite(backend, toQuestion(request));
    if (current?.etag !== request.expectedEtag) return describeOther(request, current, true);
  }
  return await storeOn(backend, request, conditionsOn(request.expectedEtag), held);
}

/** A local file to store under a key that nothing else uses. */
export type OverwriteRequest = Pick<StoreRequest, 'key' | 'path' | 'facts' | 'provenance'>;

/** Stores a file whatever is there, for a key that contains the hash of the content. Errors: AwsError. */
export async function overwriteFile(backend: Backend, request: OverwriteRequest): Promise<void> {
  await put(backend, request, {}, undefined);
}

/** An object that isn't the expected one is this same write, whose answer was lost, or a conflict. Pure. */
function describeOther(
  { provenance }: StoreRequest,
  current: CurrentObject | undefined,
  conditional: boolean,
): StoreOutcome {
  if (current === undefined || !isProvenWrite(current, provenance)) return { kind: 'conflict', current };
  return { kind: 'stored', etag: current.etag, versionId: current.versionId, conditional };
}

type Condition = Pick<PutObjectCommandInput, 'IfMatch' | 'IfNoneMatch'>;

/** The same condition in the spellings that stores understand, starting with the standard's. Pure. */
function conditionsOn(expectedEtag: string | undefined): readonly Condition[] {
  if (expectedEtag === undefined) return [{ IfNoneMatch: '*' }];
  return [{ IfMatch: expectedEtag }, { IfMatch: withoutQuotes(expectedEtag) }];
}

/**
 * Stores with the first condition that the store understands, and without one only after a check. A store does not
 * understand a condition if it refuses it although the object meets it.
 */
async function storeOn(
  backend: Backend,
  request: StoreRequest,
  [condition, ...others]: readonly Condition[],
  held: HeldLock | undefined,
): Promise<StoreOutcome> {
  if (condition === undefined) return await storeAfterLook(backend, request, held);
  try {
    return { ...(await put(backend, request, condition, held)), conditional: true };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    if (error.kind === 'not_implemented') return await storeAfterLook(backend, request, held);
    const outcome = await decideByReadBack(backend, request, error);
    const isRefused = outcome.kind === 'conflict' && outcome.current?.etag === request.expectedEtag;
    if (!isRefused || isAwsEndpoint(backend.endpoints.s3)) return outcome;
    if (others.length > 0) await held?.verify();
    return await storeOn(backend, request, others, held);
  }
}

function mayGoUnnoticed(
  { table, useLockfile, endpoints }: Backend,
  { isUnlocked = false }: StoreRequest,
): boolean {
  const hasLock = !isUnlocked && (table !== undefined || useLockfile);
  return !hasLock && !isAwsEndpoint(endpoints.s3);
}

// S3 answers 404 to If-Match when the object is gone.
const CONFLICT: ReadonlySet<AwsError['kind']> = new Set(['precondition_failed', 'no_such_key']);

async function decideByReadBack(
  backend: Backend,
  request: StoreRequest,
  error: AwsError,
): Promise<StoreOutcome> {
  if (!mayHaveActed(error) && !CONFLICT.has(error.kind)) throw error;
  const current = await lookUpWrite(backend, toQuestion(request)).catch((second: unknown) => {
    throw CONFLICT.has(error.kind) ? second : error;
  });
  const outcome = describeOther(request, current, true);
  if (outcome.kind === 'stored') return outcome;
  if (!CONFLICT.has(error.kind) || isBusy(error, current, request)) throw error;
  return outcome;
}

/** Other writes were in progress each time (409), but none has changed the object: the same ETag is no conflict. */
function isBusy(
  error: AwsError,
  current: CurrentObject | undefined,
  { expectedEtag }: StoreRequest,
): boolean {
  return error.failure.code === 'ConditionalRequestConflict' && current?.etag === expectedEtag;
}

/** Another writer is noticed before and after the put. One that writes in between is overwritten. */
async function storeAfterLook(
  backend: Backend,
  request: StoreRequest,
  held: HeldLock | undefined,
): Promise<StoreOutcome> {
  await held?.verify();
  const before = await lookUpWrite(backend, toQuestion(request));
  if (before?.etag !== request.expectedEtag) return describeOther(request, before, false);
  const stored = await put(backend, request, {}, held);
  const current = await lookUpWrite(backend, { ...toQuestion(request), knownEtag: stored.etag });
  const isOurs = current?.etag === stored.etag || isProvenWrite(current, request.provenance);
  return isOurs && current !== undefined ? { ...stored, conditional: false } : { kind: 'conflict', current };
}

/**
 * Whether an interrupted put, whose answer never came, has stored the object anyway. Undefined when it has not. Errors:
 * AwsError of the check.
 */
export async function findCutOffWrite(
  backend: Backend,
  request: StoreRequest,
): Promise<CurrentObject | undefined> {
  const current = await lookUpWrite(backend, toQuestion(request));
  return isProvenWrite(current, request.provenance) ? current : undefined;
}

function toQuestion({ key, provenance, expectedEtag }: StoreRequest): WriteQuestion {
  return { key, lockId: provenance.lockId, knownEtag: expectedEtag };
}

async function put(
  { aws, address, objects }: Backend,
  { key, path, facts, provenance }: OverwriteRequest,
  condition: Condition,
  held: HeldLock | undefined,
) {
  const input: PutObjectCommandInput = {
    ...describePut(objects, facts),
    Bucket: address.bucket,
    Key: key,
    Metadata: provenanceMetadata(provenance),
    ...condition,
  };
  const description = {
    api: 's3:PutObject',
    resource: `s3://${address.bucket}/${key}`,
    asked: describeRequested(objects),
  };
  const read = () => createReadStream(path, { highWaterMark: READ_CHUNK });
  const send = underLock(held, (signal) => putFile(aws.s3, input, read, facts.sha256, signal));
  const response = await aws.call(description, send).catch((error: unknown) => {
    throw orLockLost(held, error);
  });
  return { kind: 'stored', etag: response.ETag, versionId: response.VersionId } as const;
}
