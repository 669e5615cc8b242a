import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { heldLock } from '../../../src/backend/lock/held-lock.ts';
import { type CheckpointRecord, keepRecord } from '../../../src/job-state/checkpoint-record.ts';
import { realDependencies } from '../../../src/job-state/dependencies.ts';
import type { Session } from '../../../src/job-state/saved-state.ts';
import type { Checkpointer, WatchedState } from '../../../src/steps/checkpointer/checkpointer-context.ts';
import { makeLastCheckpoint } from '../../../src/steps/checkpointer/last-checkpoint.ts';
import { watchedFile } from '../../../src/workspace-files/snapshot.ts';
import { readFacts, stateText } from '../../job-state/state-texts.ts';
import { makeSession, readBackend } from '../../job-state/support.ts';
import {
  deleteItem,
  headObject,
  listObjects,
  putItem,
  putObject,
  readItem,
  readObject,
} from '../../support/aws.ts';
import {
  type BackendBench,
  type BenchBackend,
  dynamodbFailure,
  openBackendBench,
  s3Failure,
} from '../../support/backend.ts';
import type { RequestRecord, WaitDecision } from '../../support/proxy.ts';

const motoUrl = inject('motoUrl') ?? '';
const INFO = JSON.stringify({ ID: 'ours', Created: '2026-01-01T00:00:00Z' });
const PULLED = stateText({ serial: 7 });
const MADE = stateText({ serial: 8, names: ['a', 'b'] });
const ENV = { GITHUB_RUN_ID: '77', GITHUB_RUN_ATTEMPT: '1' };

/** How far the checkpointer had come when its job ended, and the faults of its last calls. */
interface Ending {
  /** What the bucket holds. */
  readonly object: string;
  readonly record?: (etag: string | undefined) => Partial<CheckpointRecord>;
  readonly weather?: (record: RequestRecord, backend: BenchBackend) => Promise<WaitDecision> | WaitDecision;
  /** Somebody freed the lock. */
  readonly isLockLost?: boolean;
  readonly snapshot?: Session['snapshot'];
}

const made = toPushSide(MADE);
const checkpoint = (isConfirmed: boolean) => (etag: string | undefined) => ({
  committed: {
    state: made,
    etag,
    versionId: undefined,
    conditional: true,
    storedDigest: made.md5,
    isDigestWritten: true,
    isConfirmed,
  },
});

describe.skipIf(motoUrl === '')('a job that ended without its post step', () => {
  let bench: BackendBench;
  beforeAll(async () => {
    bench = await openBackendBench(motoUrl, { name: 'last' });
  });
  afterEach(() => bench.proxy.reset());
  afterAll(() => bench.close());

  const isStatePut = ({ operation, path }: RequestRecord) =>
    operation === 'PutObject' && !path.includes('.rescue/');

  async function lastCheckpoint(ending: Ending) {
    const { object, record = () => ({}), weather, isLockLost = false, snapshot = 'never' } = ending;
    const backend = bench.newBackend();
    const { clients } = bench;
    const { address, table, clock } = backend;
    const { bucket, objectKey } = address;
    await putObject(clients, bucket, objectKey, object);
    const etag = (await headObject(clients, bucket, objectKey))?.ETag;
    await putItem(clients, table, address.digestPath, { Digest: toPushSide(object).md5 });
    if (!isLockLost) await putItem(clients, table, address.lockPath, { Info: INFO });
    const session = { ...sessionIn(bench, backend), snapshot };
    const { privateDirectory } = session;
    mkdirSync(privateDirectory);
    const path = join(privateDirectory, 'terraform.tfstate');
    writeFileSync(path, MADE);
    const lock = { id: 'ours', info: INFO, heartbeatMs: 20_000 };
    const keeper = keepRecord(privateDirectory, process.pid);
    keeper.update(record(etag));
    const messages: string[] = [];
    const say = (text: string): void => void messages.push(text);
    const real = realDependencies({ graceMs: 0, totalMs: undefined, tryForMs: 0 });
    const runner = { ...real.runner, info: say, warning: say };
    const checkpointer: Checkpointer = {
      deps: { ...real, env: ENV, runner, clock },
      backend,
      session,
      lock,
      held: heldLock(backend, lock),
      job: undefined,
      record: keeper,
      heartbeatState: { beats: 0, lastAt: 0 },
    };
    const pulled = { state: toPushSide(PULLED), etag, storedDigest: toPushSide(PULLED).md5 };
    const job: WatchedState = {
      pulled,
      file: watchedFile(path),
      copyPath: join(privateDirectory, 'copy'),
      decided: undefined,
    };
    if (weather !== undefined) bench.proxy.onRequest((request) => weather(request, backend));
    await makeLastCheckpoint(checkpointer, job);
    bench.proxy.reset();
    const kept = await listObjects(clients, bucket, `${objectKey}.rescue/`);
    const [copy] = await Promise.all(kept.map(async (key) => await readObject(clients, bucket, key)));
    return {
      kept: copy?.toString(),
      object: (await readObject(clients, bucket, objectKey))?.toString(),
      digest: (await readItem(clients, table, address.digestPath))?.Digest,
      messages: messages.join('\n'),
      record: keeper.current,
    };
  }

  it('gets its state pushed, and keeps no copy of what is safe', async () => {
    const end = await lastCheckpoint({ object: PULLED });
    expect(end).toMatchObject({ object: MADE, digest: made.md5, kept: undefined, messages: '' });
    expect(end.record.committed?.isConfirmed).toBe(true);
  });

  it.each([
    ['keeps the pulled state as a snapshot before its first checkpoint', 'auto', 'pass', PULLED],
    [
      'makes its checkpoint whether or not the pulled state can be kept as a snapshot',
      'always',
      'refuse',
      undefined,
    ],
  ] as const)('%s', async (_, snapshot, answer, kept) => {
    const weather = ({ path }: RequestRecord) =>
      answer === 'refuse' && path.includes('.backup/') ? s3Failure(403, 'AccessDenied') : 'pass';
    const { object, record } = await lastCheckpoint({ object: PULLED, snapshot, weather });
    expect(object).toBe(MADE);
    const { key = '', problem } = record.snapshot ?? {};
    expect(problem === undefined).toBe(kept !== undefined);
    expect((await readObject(bench.clients, bench.fixture.bucket, key))?.toString()).toBe(kept);
  });

  it('keeps no checkpoint as a snapshot, only the state before the job', async () => {
    const ending = { object: MADE, record: checkpoint(true), snapshot: 'always' } as const;
    expect((await lastCheckpoint(ending)).record.snapshot).toBeUndefined();
  });

  it('has nothing to push after a confirmed checkpoint, although the lock has been lost since', async () => {
    const ending = { object: MADE, record: checkpoint(true), isLockLost: true };
    expect(await lastCheckpoint(ending)).toMatchObject({ kept: undefined, messages: '' });
  });

  it("keeps a copy of a checkpoint after which the lock wasn't checked: a new holder may overwrite it", async () => {
    const end = await lastCheckpoint({ object: MADE, record: checkpoint(false), isLockLost: true });
    expect(end.kept).toBe(MADE);
    expect(end.messages).toMatch(/^Kept the job's state as s3:/);
  });

  it.each<[string, Omit<Ending, 'object'>]>([
    ['whose PUT never gets through', { weather: (record) => (isStatePut(record) ? 'reset-before' : 'pass') }],
    [
      'whose PUT got through without an answer, right before the lock was lost',
      {
        weather: async (record, { table, address }) => {
          if (!isStatePut(record)) return 'pass';
          await deleteItem(bench.clients, table, address.lockPath);
          return 'reset-after';
        },
      },
    ],
    [
      "whose PUT is in doubt while S3 doesn't return the object",
      {
        weather: (record) => {
          if (isStatePut(record)) return 'reset-after';
          return record.operation === 'HeadObject' ? s3Failure(403, 'AccessDenied') : 'pass';
        },
      },
    ],
    [
      'that is stored while the table refuses digest and heartbeat',
      {
        weather: ({ operation }) =>
          /TransactWriteItems|PutItem/.test(operation) ? dynamodbFailure('AccessDeniedException') : 'pass',
      },
    ],
  ])('keeps a copy of a checkpoint %s', async (_, ending) => {
    const end = await lastCheckpoint({ object: PULLED, ...ending });
    expect(end.kept).toBe(MADE);
    expect(end.record.committed?.isConfirmed ?? false).toBe(false);
  });

  it('counts a checkpoint whose PUT got through without an answer, once the lock is seen to be ours after it', async () => {
    let isFirst = true;
    const weather = (record: RequestRecord): WaitDecision => {
      if (!isStatePut(record) || !isFirst) return 'pass';
      isFirst = false;
      return 'reset-after';
    };
    const end = await lastCheckpoint({ object: PULLED, weather });
    expect(end).toMatchObject({ object: MADE, digest: made.md5, kept: undefined });
    expect(end.record).toMatchObject({ inDoubt: [], committed: { isConfirmed: true } });
  });
});

function toPushSide(text: string) {
  const { md5, inspection } = readFacts(text);
  if (inspection.kind !== 'state') throw new Error('no state');
  const { header, content, isEmpty } = inspection;
  return { md5, serial: header.serial, lineage: header.lineage, content, isEmpty };
}

function sessionIn({ directory }: BackendBench, { address, table }: BenchBackend): Session {
  const privateDirectory = join(directory, address.objectKey.replace('/', '-'));
  return makeSession({
    backend: { ...readBackend().settings, address, table },
    snapshot: 'never',
    checkpointMs: 20_000,
    privateDirectory,
    stateDirectory: `${privateDirectory}-state`,
    lock: { id: 'ours', info: INFO, heartbeatMs: 20_000 },
  });
}
