import { join } from 'node:path';
import type { HeldLock } from '../../backend/lock/held-lock.ts';
import type { Backend } from '../../backend/settings.ts';
import type { StateFacts } from '../../backend/state/hash-and-inspect.ts';
import type { SnapshotRequest } from '../../backend/state/keep-snapshot.ts';
import { examineListed, type StateVersion, toObjectVersion } from '../../backend/state/list-versions.ts';
import { readStoredState } from '../../backend/state/pull.ts';
import { pushWithDigest } from '../../backend/state/push-with-digest.ts';
import { rewriteSerial } from '../../backend/state/rewrite-serial.ts';
import { downloadVersion } from '../../backend/state/state-object.ts';
import { callInTime } from '../../connection/finish-in-time.ts';
import { describeReplacedState, keepReplacedState } from '../../connection/keep-replaced-state.ts';
import type { LockedWorkDependencies } from '../../connection/under-lock.ts';
import { underLock } from '../../connection/under-lock.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { describeProvenance } from '../../job-state/describe-provenance.ts';
import {
  explainEncrypted,
  explainOtherLineage,
  explainUnknownSerial,
  explainUnusable,
} from '../../messages/history-text.ts';
import { reportPullNotice } from '../../messages/report-pull-notice.ts';
import type { Job } from '../../runner/job.ts';
import { ENCRYPTED_CONTENT, type ValidState } from '../../statefile/inspection.ts';
import { makePrivateDirectory, removePrivateDirectory } from '../../workspace-files/private-directory.ts';
import { findVersion, isDeleted, requireVersions, type VersionReference } from './find-version.ts';
import { HistoryRefused } from './refusal.ts';

/** Which version becomes the current one again, and how long to wait for the lock, in ms. */
export interface RestoreRequest {
  readonly reference: VersionReference;
  readonly lockTimeoutMs: number;
}

/** The result. `unchanged`: the current state has exactly the outputs and resources of that version. */
export interface Restored {
  readonly kind: 'restored' | 'unchanged';
  readonly from: StateVersion;
  readonly fromSerial: bigint;
  /** Of the current state. */
  readonly serial: bigint;
  /** Undefined when the store returns none. */
  readonly versionId: string | undefined;
}

/**
 * Stores a copy of a version as the newest one, under the state's lock. Only its serial differs, and is higher than any
 * that the state had. Removes nothing. Errors: HistoryRefused; those of `underLock`, `readStoredState` and
 * `pushWithDigest`; AwsError.
 */
export async function restoreVersion(
  deps: LockedWorkDependencies,
  backend: Backend,
  job: Job,
  { reference, lockTimeoutMs }: RestoreRequest,
): Promise<Restored> {
  const directory = await makePrivateDirectory(job);
  try {
    const lock = { job, operation: 'history-restore', lockTimeoutMs };
    return await underLock(deps, backend, lock, async (held) => {
      const versions = await requireVersions(backend);
      const current = await readCurrent(deps, backend, versions, join(directory, 'current'));
      const version = await findVersion(backend, versions, reference);
      const source = await readSource(backend, version, join(directory, 'version'));
      requireSameLineage(backend, current, source);
      if (!current.isDeleted && current.content === source.valid.content)
        return {
          ...describe(source),
          kind: 'unchanged',
          serial: current.serial,
          versionId: versions[0].versionId,
        };
      return await store(deps, backend, { held, job, current, source, path: join(directory, 'state') });
    });
  } finally {
    await removePrivateDirectory(directory);
  }
}

/** The current state, or the last one before it was deleted. */
interface CurrentState {
  readonly isDeleted: boolean;
  /** Of the object that is replaced; undefined when there is none. */
  readonly etag: string | undefined;
  /** The state's highest serial, as far as is known. */
  readonly serial: bigint;
  readonly lineage: string | undefined;
  /** Of outputs and resources; undefined when they can't be read. */
  readonly content: string | undefined;
  /** What to keep before it is replaced; undefined when the bucket keeps it. */
  readonly snapshot: SnapshotRequest | undefined;
}

async function readCurrent(
  deps: Pick<Dependencies, 'runner' | 'clock' | 'signal'>,
  backend: Backend,
  versions: readonly StateVersion[],
  path: string,
): Promise<CurrentState> {
  const isGone = isDeleted(versions);
  const { etag, state } = isGone ? { etag: undefined, state: undefined } : await pull(deps, backend);
  const inspection = state?.facts.inspection;
  if (inspection?.kind === 'state') {
    if (inspection.content === ENCRYPTED_CONTENT) throw encrypted(backend, 'current');
    const { content, header } = inspection;
    const { serial, lineage } = header;
    const snapshot = state && describeReplacedState(state, serial, path);
    return { isDeleted: isGone, etag, serial, lineage, content, snapshot };
  }
  const last = await findLastHeader(backend, versions);
  const { lineage } = last;
  const serial = versions[0]?.kind === 'snapshot' ? last.serial + LOST_SERIALS : last.serial;
  const snapshot = state && describeReplacedState(state, serial, path);
  return { isDeleted: isGone, etag, serial, lineage, content: undefined, snapshot };
}

async function pull(deps: Pick<Dependencies, 'runner' | 'clock' | 'signal'>, backend: Backend) {
  const { clock, signal } = deps;
  const onNotice = (notice: Parameters<typeof reportPullNotice>[2]) =>
    reportPullNotice(deps, backend, notice);
  return await readStoredState(backend, { clock, signal, onNotice });
}

/**
 * A deleted state of which only snapshots are left had a higher serial than these, by as much as a job's applies raised
 * it. Terraform may raise it with each resource. A plan for that state must not fit the restored one.
 */
const LOST_SERIALS = 10_000n;

/** The most unreadable versions that are skipped. */
const MOST_UNREADABLE = 20;

/** Of the newest version with a readable serial. Each newer one may have had a serial higher by one. */
async function findLastHeader(
  backend: Backend,
  versions: readonly StateVersion[],
): Promise<{ readonly serial: bigint; readonly lineage: string | undefined }> {
  const states = versions.filter(({ kind }) => kind !== 'delete_marker').slice(0, MOST_UNREADABLE);
  for (const [passed, version] of states.entries()) {
    const read = await examineListed(backend, version);
    if (read.kind !== 'read') continue;
    const { serial, lineage } = read.state.facts.inspection.header;
    if (serial !== undefined) return { serial: serial + BigInt(passed), lineage };
  }
  throw new HistoryRefused('version_unusable', explainUnknownSerial(backend));
}

interface Source {
  readonly version: StateVersion;
  readonly valid: ValidState;
  readonly path: string;
}

/** Downloads it. */
async function readSource(backend: Backend, version: StateVersion, path: string): Promise<Source> {
  const { versionId } = version;
  const refuse = (why: string) =>
    new HistoryRefused('version_unusable', explainUnusable(backend, versionId, why));
  if (version.kind === 'delete_marker') throw refuse('it is a delete marker');
  const read = await downloadVersion(backend, toObjectVersion(backend.address, version), path);
  if (read === undefined) throw refuse('it no longer exists');
  const { inspection } = read.facts;
  if (inspection.kind === 'invalid') throw refuse(inspection.detail);
  if (inspection.content === ENCRYPTED_CONTENT) throw encrypted(backend, versionId);
  return { version, valid: inspection, path };
}

function encrypted(backend: Backend, versionId: string): HistoryRefused {
  return new HistoryRefused('state_encrypted', explainEncrypted(backend, versionId));
}

/** Another lineage means another state, which may replace only a deleted one. */
function requireSameLineage(
  backend: Backend,
  { isDeleted, lineage: now }: CurrentState,
  { version, valid }: Source,
): void {
  const { lineage } = valid.header;
  if (isDeleted || now === lineage) return;
  const message = explainOtherLineage(backend, version.versionId, { now, before: lineage });
  throw new HistoryRefused('other_lineage', message);
}

interface Storing {
  readonly held: HeldLock | undefined;
  readonly job: Job;
  readonly current: CurrentState;
  readonly source: Source;
  readonly path: string;
}

async function store(
  deps: Pick<Dependencies, 'runner' | 'signal' | 'cleanupSignal'>,
  backend: Backend,
  { held, job, current, source, path }: Storing,
): Promise<Restored> {
  const serial = nextSerial(current, source);
  const facts = await rewriteSerial({ from: source.path, to: path }, serial);
  if (facts === undefined || !isCopy(facts, source, serial)) {
    const why = "its serial can't be changed safely";
    const message = explainUnusable(backend, source.version.versionId, why);
    throw new HistoryRefused('version_unusable', message);
  }
  const written = describeProvenance(job, { lock: held, backend }, { facts });
  const provenance = { ...written, restoredFrom: source.version.versionId };
  const request = { path, facts, provenance, expectedEtag: current.etag };
  // An object that has changed since is not replaced either: the push compares it.
  if (current.snapshot !== undefined) await keepReplacedState(deps, backend, current.snapshot);
  deps.signal.throwIfAborted();
  // From here on, an interrupt leaves no object without its digest.
  const { versionId } = await callInTime(deps, backend, 'rescue', () =>
    pushWithDigest(backend, held, request),
  );
  return { ...describe(source), kind: 'restored', serial, versionId };
}

/** Above both: a plan made for any earlier state fits no later one. */
function nextSerial({ serial }: CurrentState, { valid }: Source): bigint {
  const before = valid.header.serial;
  return (serial > before ? serial : before) + 1n;
}

/** Whether the copy is the same state with that serial. */
function isCopy({ inspection }: StateFacts, { valid }: Source, serial: bigint): boolean {
  if (inspection.kind !== 'state') return false;
  const { header, content } = inspection;
  return header.serial === serial && header.lineage === valid.header.lineage && content === valid.content;
}

function describe({ version, valid }: Source) {
  return { from: version, fromSerial: valid.header.serial };
}
