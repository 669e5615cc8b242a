import { createHash } from 'node:crypto';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, inject, it } from 'vitest';
import { provenanceMetadata } from '../../../src/backend/records/provenance.ts';
import type { RunStatus } from '../../../src/github/run-status.ts';
import { migrate } from '../../../src/steps/migrate/migrate.ts';
import {
  type AwsClients,
  deleteItem,
  enableVersioning,
  putItem,
  putObject,
  readItem,
  readObject,
} from '../../support/aws.ts';
import { dynamodbFailure, s3Failure } from '../../support/backend.ts';
import { fixtureInputs, openProxiedFixture, runInProcess } from '../../support/in-process-step.ts';
import type { RequestRecord, WaitDecision } from '../../support/proxy.ts';
import { ended, makeInfo, SERVER } from '../locks/support.ts';

const motoUrl = inject('motoUrl') ?? '';
/** Its number among the calls of a run. */
const FIRST_OF_FINISH = 4;
const md5 = (text: string) => createHash('md5').update(text).digest('hex');

/** The run of every job. */
const RUN = {
  GITHUB_SERVER_URL: SERVER,
  GITHUB_REPOSITORY: 'acme/infra',
  GITHUB_RUN_ID: '7',
  GITHUB_RUN_ATTEMPT: '1',
};

interface Bench {
  readonly clients: AwsClients;
  readonly bucket: string;
  readonly table: string;
  readonly proxy: Awaited<ReturnType<typeof openProxiedFixture>>['proxy'];
  run(inputs: Record<string, string>): Promise<MigrateRun>;
  /** What GitHub says of every run. */
  runs: RunStatus;
}

type MigrateRun = Awaited<ReturnType<typeof runInProcess>> & {
  /** The status of each state. */
  readonly statuses: Readonly<Record<string, unknown>>;
  readonly states: readonly Readonly<Record<string, unknown>>[];
};

async function open({ versioning = true } = {}): Promise<Bench> {
  const { clients, proxy, fixture } = await openProxiedFixture(motoUrl, 'migrate');
  const { bucket, table } = fixture;
  if (versioning) await enableVersioning(clients, bucket);
  const bench: Bench = {
    clients,
    bucket,
    table,
    proxy,
    runs: { kind: 'running' },
    run: async (inputs) => {
      const given = { ...fixtureInputs(fixture, proxy.url), github_token: 'token', ...inputs };
      const end = await runInProcess(migrate, given, { env: RUN, lookUpRun: async () => bench.runs });
      const states: Record<string, unknown>[] = JSON.parse(end.outputs.states ?? '[]');
      const statuses = Object.fromEntries(states.map(({ key, status }) => [String(key), status]));
      return { ...end, states, statuses };
    },
  };
  return bench;
}

type LockedIn = 'both' | 'table' | 'file';

/** As a Terraform with these locks writes a state. */
async function write({ clients, bucket, table }: Bench, key: string, lockedIn: LockedIn): Promise<void> {
  const text = `{"version":4,"serial":1,"lineage":"${key}","written":"${lockedIn}"}`;
  if (lockedIn !== 'table') await putObject(clients, bucket, `${key}.tflock`, makeInfo(key));
  await putObject(clients, bucket, key, text);
  if (lockedIn !== 'file') await putItem(clients, table, `${bucket}/${key}-md5`, { Digest: md5(text) });
  if (lockedIn !== 'table') {
    await clients.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: `${key}.tflock` }));
  }
}

/** As a job of this action writes it. */
async function push(
  { clients, bucket, table }: Bench,
  key: string,
  lockStores: readonly ('file' | 'item')[],
) {
  const Metadata = provenanceMetadata({
    run: 'https://x/1',
    actor: 'mona',
    lockId: 'l',
    md5: md5(key),
    lockStores,
  });
  await clients.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: key, Metadata }));
  await putItem(clients, table, `${bucket}/${key}-md5`, { Digest: md5(key) });
}

const readDigestItem = ({ clients, bucket, table }: Bench, key: string) =>
  readItem(clients, table, `${bucket}/${key}-md5`);
const readLockItem = ({ clients, bucket, table }: Bench, key: string) =>
  readItem(clients, table, `${bucket}/${key}`);
const readLockFile = ({ clients, bucket }: Bench, key: string) =>
  readObject(clients, bucket, `${key}.tflock`);

describe.skipIf(motoUrl === '')('migrate/', () => {
  it('reports how each state is locked, and changes nothing', async () => {
    const bench = await open();
    for (const kind of ['both', 'table', 'file'] as const) await write(bench, `${kind}.tfstate`, kind);
    await write(bench, 'moved.tfstate', 'table');
    await write(bench, 'moved.tfstate', 'file');
    await putItem(bench.clients, bench.table, `${bench.bucket}/held.tfstate`, { Info: makeInfo('x') });
    await putItem(bench.clients, bench.table, `${bench.bucket}/gone.tfstate-md5`, { Digest: md5('') });
    const run = await bench.run({ command: 'report' });
    expect(run.error).toBeUndefined();
    expect(run.statuses).toEqual({
      'both.tfstate': 'proven',
      'file.tfstate': 'done',
      'gone.tfstate': 'unknown',
      'held.tfstate': 'table_client',
      'moved.tfstate': 'file_client',
      'table.tfstate': 'table_client',
    });
    expect(run.states.find(({ key }) => key === 'held.tfstate')).toMatchObject({
      client: 'table',
      holder: { who: 'alice@laptop' },
      locked_in: ['item'],
    });
    expect(run.outputs).toMatchObject({ reason_code: 'listed', state_count: '6', open_count: '4' });
    expect(run.summary).toContain('From the table to the lock file');
    const calls = bench.proxy.requests.map(({ operation }) => operation);
    expect(calls.filter((name) => /Put|Delete/.test(name ?? ''))).toEqual([]);
  });

  it('dual fails until the holders of every state take both locks, and names the others', async () => {
    const bench = await open();
    await write(bench, 'a.tfstate', 'both');
    await write(bench, 'b.tfstate', 'table');
    const open_ = await bench.run({ command: 'dual' });
    expect(open_.outputs).toMatchObject({ reason_code: 'not_proven', open_count: '1' });
    expect(open_.error).toContain('b.tfstate: a client that takes only the lock in the table wrote it');
    await write(bench, 'b.tfstate', 'both');
    const proven = await bench.run({ command: 'dual', quiet_for: '0' });
    expect([proven.outputs.reason_code, proven.error]).toEqual(['proven', undefined]);
  });

  it('without versions, only the writes of this action are proof', async () => {
    const bench = await open({ versioning: false });
    await push(bench, 'ours.tfstate', ['file', 'item']);
    await push(bench, 'old.tfstate', ['item']);
    await write(bench, 'theirs.tfstate', 'both');
    const run = await bench.run({ command: 'dual' });
    expect(run.statuses).toEqual({
      'old.tfstate': 'table_client',
      'ours.tfstate': 'proven',
      'theirs.tfstate': 'unknown',
    });
    const finish = await bench.run({ command: 'finish', allow_unknown: 'theirs*' });
    expect(finish.statuses).toEqual({
      'old.tfstate': 'table_client',
      'ours.tfstate': 'finished',
      'theirs.tfstate': 'finished',
    });
    expect(finish.outputs.reason_code).toBe('not_finished');
    expect(await readDigestItem(bench, 'old.tfstate')).toBeDefined();
    expect(await readDigestItem(bench, 'theirs.tfstate')).toBeUndefined();
  });

  it('finish removes the items under both locks, the digest last, and has nothing left to do a second time', async () => {
    const bench = await open();
    await write(bench, 'a.tfstate', 'both');
    const run = await bench.run({ command: 'finish' });
    expect([run.error, run.outputs.reason_code, run.outputs.finished_count]).toEqual([
      undefined,
      'finished',
      '1',
    ]);
    const deletes = bench.proxy.requests
      .filter(({ operation }) => operation?.startsWith('Delete'))
      .map(({ operation, body }) => `${operation}${body.includes('-md5') ? ' digest' : ''}`);
    expect(deletes.slice(0, 2)).toEqual(['DeleteItem', 'DeleteItem digest']);
    expect(deletes.slice(2)).toContain('DeleteObject');
    for (const left of [readDigestItem, readLockItem, readLockFile])
      expect(await left(bench, 'a.tfstate')).toBeUndefined();
    const again = await bench.run({ command: 'finish' });
    expect([again.outputs.reason_code, again.outputs.finished_count]).toEqual(['finished', '0']);
  });

  it('finish leaves a held state alone and names its holder, and finishes the others', async () => {
    const bench = await open();
    for (const key of ['a.tfstate', 'b.tfstate']) await write(bench, key, 'both');
    await putObject(bench.clients, bench.bucket, 'a.tfstate.tflock', makeInfo('x'));
    const run = await bench.run({ command: 'finish' });
    expect(run.statuses).toEqual({ 'a.tfstate': 'locked', 'b.tfstate': 'finished' });
    expect(run.error).toContain('a.tfstate: it is locked by alice@laptop');
    expect(await readDigestItem(bench, 'a.tfstate')).toBeDefined();
    expect(await readLockFile(bench, 'a.tfstate')).toBeDefined();
  });

  it('finish keeps the digest of a state that is written while it takes the lock', async () => {
    const bench = await open();
    await write(bench, 'a.tfstate', 'both');
    let isFirst = true;
    bench.proxy.onRequest(async ({ operation }): Promise<WaitDecision> => {
      if (operation !== 'PutItem' || !isFirst) return 'pass';
      isFirst = false;
      await putItem(bench.clients, bench.table, `${bench.bucket}/a.tfstate-md5`, { Digest: md5('other') });
      return 'pass';
    });
    const run = await bench.run({ command: 'finish' });
    expect(run.statuses).toEqual({ 'a.tfstate': 'changed' });
    expect(await readDigestItem(bench, 'a.tfstate')).toMatchObject({ Digest: md5('other') });
    for (const left of [readLockItem, readLockFile]) expect(await left(bench, 'a.tfstate')).toBeUndefined();
  });

  it.each([
    ['loses the answer', () => 'reset-after' as const],
    ['is refused', ({ service }: RequestRecord) => refusal(service)],
  ])('finish that %s of any one call ends the same at the next run', async (_, fault) => {
    const bench = await open();
    const finish = (prefix: string) => bench.run({ command: 'finish', key_prefix: prefix });
    // The first calls look for states, as in every command.
    let failing = FIRST_OF_FINISH;
    for (let wasReached = true; wasReached; failing += 1) {
      const key = `${failing}/a.tfstate`;
      await write(bench, key, 'both');
      let call = 0;
      bench.proxy.onRequest((record) => {
        call += 1;
        return call === failing + 1 ? fault(record) : 'pass';
      });
      const first = await finish(`${failing}/`);
      wasReached = call > failing;
      bench.proxy.onRequest(() => 'pass');
      await freeLeftLocks(bench, key, first.error);
      const again = await finish(`${failing}/`);
      expect([failing, again.outputs.reason_code, again.error]).toEqual([failing, 'finished', undefined]);
      for (const left of [readDigestItem, readLockItem, readLockFile]) {
        expect([failing, await left(bench, key)]).toEqual([failing, undefined]);
      }
    }
    expect(failing).toBeGreaterThan(8);
  });

  it('finish goes on from an earlier one whose runner died after any one call, once its run has ended', async () => {
    const bench = await open();
    const finish = (prefix: string) => bench.run({ command: 'finish', key_prefix: prefix });
    const whyLocked: unknown[] = [];
    let last = FIRST_OF_FINISH;
    for (let wasReached = true; wasReached; last += 1) {
      const key = `${last}/a.tfstate`;
      await write(bench, key, 'both');
      const state = await readObject(bench.clients, bench.bucket, key);
      let call = 0;
      bench.proxy.onRequest(() => {
        call += 1;
        return call > last ? 'reset-before' : 'pass';
      });
      await finish(`${last}/`);
      wasReached = call > last;
      bench.proxy.onRequest(() => 'pass');
      bench.runs = { kind: 'running' };
      const meanwhile = await finish(`${last}/`);
      if (meanwhile.statuses[key] === 'locked') whyLocked.push(meanwhile.states[0]?.why);
      bench.runs = ended(3_600_000);
      const again = await finish(`${last}/`);
      expect([last, again.outputs.reason_code, again.error]).toEqual([last, 'finished', undefined]);
      for (const left of [readDigestItem, readLockItem, readLockFile]) {
        expect([last, await left(bench, key)]).toEqual([last, undefined]);
      }
      expect(await readObject(bench.clients, bench.bucket, key)).toEqual(state);
    }
    expect(last).toBeGreaterThan(8);
    expect(whyLocked.length).toBeGreaterThan(3);
    for (const why of whyLocked)
      expect(why).toMatch(/^it is locked by .*, an earlier finish that may still run/);
  });
});

function refusal(service: RequestRecord['service']) {
  return service === 's3' ? s3Failure(403, 'AccessDenied') : dynamodbFailure('AccessDeniedException');
}

/** A lock that could not be freed is named in the error, and freed by hand. */
async function freeLeftLocks(bench: Bench, key: string, error: string | undefined): Promise<void> {
  const { clients, bucket, table } = bench;
  const left = [await readLockItem(bench, key), await readLockFile(bench, key)].filter(
    (lock) => lock !== undefined,
  );
  if (left.length === 0) return;
  expect(error).toContain('unlock');
  await deleteItem(clients, table, `${bucket}/${key}`);
  await clients.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: `${key}.tflock` }));
}
