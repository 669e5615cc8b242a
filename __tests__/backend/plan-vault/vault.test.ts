import { once } from 'node:events';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { deleteAppliedPlan, deletePlan } from '../../../src/backend/plan-vault/delete-plan.ts';
import { fetchPlan } from '../../../src/backend/plan-vault/fetch-plan.ts';
import { findLastPlan } from '../../../src/backend/plan-vault/find-last-plan.ts';
import { findLatestPlan } from '../../../src/backend/plan-vault/list-plans.ts';
import { planKey } from '../../../src/backend/plan-vault/plan-id.ts';
import { readPlanRecord } from '../../../src/backend/plan-vault/read-plan-record.ts';
import { storePlan } from '../../../src/backend/plan-vault/store-plan.ts';
import { printPlanRecord } from '../../../src/backend/records/plan-record.ts';
import { copyPlanFile } from '../../../src/workspace-files/plan-file.ts';
import { putObject, readObject } from '../../support/aws.ts';
import { type BackendBench, type BenchBackend, openBackendBench, operations } from '../../support/backend.ts';
import { planRecord } from './records.ts';

const MIB = 1024 * 1024;
const LARGE = 32 * MIB;
/** Bytes between two samples of the memory. */
const SAMPLED = 8 * MIB;
const WRITER = { id: 'job-1', run: 'https://x/runs/1', actor: 'octocat' };
const CUSTOMER_KEY = Buffer.alloc(32, 7).toString('base64');

describe.skipIf(inject('motoUrl') === undefined)('a plan in the vault', () => {
  let bench: BackendBench;
  beforeAll(async () => {
    bench = await openBackendBench(inject('motoUrl') ?? '');
  });
  afterAll(() => bench.close());

  /** Stores a file as a plan, the way post does. */
  async function store(backend: BenchBackend, path: string, planId: string, writer = WRITER) {
    const copy = join(bench.directory, `copy-${planId}`);
    const facts = await copyPlanFile(path, copy, bench.directory);
    if (facts === undefined) throw new Error('there is no plan');
    const record = planRecord({ sha256: facts.sha256.toString('hex'), size: facts.size });
    const recordPath = `${copy}.json`;
    await writeFile(recordPath, printPlanRecord(record));
    await storePlan(backend, planId, { planPath: copy, planFacts: facts, recordPath }, writer);
    return record;
  }

  it('is stored and read back under a customer key, the plan before its record', async () => {
    const backend = bench.newBackend({ encrypt: true, customerKey: CUSTOMER_KEY });
    const path = join(bench.directory, 'plan');
    await writeFile(path, 'PLAN');
    bench.proxy.reset();
    const record = await store(backend, path, '1-1');
    const puts = bench.proxy.requests.filter(({ operation }) => operation === 'PutObject');
    expect(puts.map(({ path: url }) => url.includes('.json'))).toEqual([false, true]);
    for (const { headers } of puts) {
      expect(headers['if-none-match']).toBe('*');
      expect(headers['x-amz-server-side-encryption-customer-algorithm']).toBe('AES256');
    }
    expect(await readPlanRecord(backend, '1-1')).toMatchObject({ kind: 'found', record });
    const back = join(bench.directory, 'back');
    expect(await fetchPlan(backend, '1-1', record, back)).toEqual({ kind: 'matches' });
    expect(await readFile(back, 'utf8')).toBe('PLAN');
  });

  it('can be stored again by its writer, and not overwritten by anybody else', async () => {
    const backend = bench.newBackend();
    const path = join(bench.directory, 'plan');
    await writeFile(path, 'PLAN');
    await store(backend, path, '2-1');
    await expect(store(backend, path, '2-1')).resolves.toBeDefined();
    await expect(store(backend, path, '2-1', { ...WRITER, id: 'job-2' })).rejects.toThrow('plan_id_taken');
  });

  it('is not taken for another plan of the same writer, whose record would then not match it', async () => {
    const backend = bench.newBackend();
    const path = join(bench.directory, 'plan');
    await writeFile(path, 'PLAN');
    await store(backend, path, '6-1');
    await writeFile(path, 'ANOTHER PLAN');
    await expect(store(backend, path, '6-1')).rejects.toThrow('plan_id_taken');
  });

  it('is found as the newest of its run: of the highest attempt with a record, applied or not, with the same name', async () => {
    const backend = bench.newBackend();
    const { bucket } = backend.address;
    const records = ['70-2', '70-9', '70-10', '70-11-network', '700-12', '7-13', '70-12-a-b', '70-13-a'];
    for (const planId of records) {
      await putObject(bench.clients, bucket, `${planKey(backend.address, planId)}.json`, '{}');
    }
    // The post of this attempt was interrupted between the plan and its record.
    await putObject(bench.clients, bucket, planKey(backend.address, '70-14'), 'PLAN');
    const find = (name?: string) => findLatestPlan(backend, { runId: '70', name });
    expect(await find()).toBe('70-10');
    expect(await find('network')).toBe('70-11-network');
    expect(await find('a-b')).toBe('70-12-a-b');
    expect(await find('b')).toBeUndefined();
  });

  it('is not replaced in a store that ignores the condition either', async () => {
    const backend = bench.newBackend();
    const { bucket } = backend.address;
    const path = join(bench.directory, 'plan');
    await writeFile(path, 'PLAN');
    await store(backend, path, '5-1');
    // What a store does that never heard of conditional requests.
    bench.proxy.onRequest(async ({ operation, path: url, body }) => {
      if (operation !== 'PutObject') return 'pass';
      const key = decodeURIComponent(url.split('?')[0] ?? '').slice(`/${bucket}/`.length);
      await putObject(bench.clients, bucket, key, body.toString());
      return { status: 200 };
    });
    onTestFinished(() => bench.proxy.reset());
    await writeFile(path, 'ANOTHER PLAN');
    await expect(store(backend, path, '5-1', { ...WRITER, id: 'job-2' })).rejects.toThrow('plan_id_taken');
    const stored = await readObject(bench.clients, bucket, planKey(backend.address, '5-1'));
    expect(stored?.toString()).toBe('PLAN');
  });

  it('finds its predecessor for the same pull request, among the newest plans', async () => {
    const backend = bench.newBackend();
    const { bucket, objectKey } = backend.address;
    const putRecord = async (planId: string, repository: string, ref: string) => {
      const record = planRecord({ origin: { ...planRecord().origin, repository, ref } });
      const key = `${objectKey}.plans/${planId}.json`;
      await putObject(bench.clients, bucket, key, printPlanRecord(record));
    };
    const here = { repository: 'acme/infra', ref: 'refs/pull/7/merge' };
    expect(await findLastPlan(backend, '9-1', here)).toBeUndefined();
    await putRecord('1-1', here.repository, here.ref);
    await putRecord('2-1', here.repository, 'refs/pull/8/merge');
    await putRecord('3-1', 'acme/other', here.ref);
    await putRecord('9-1', here.repository, here.ref);
    await putObject(bench.clients, bucket, `${objectKey}.plans/4-1.json`, 'no record');
    expect(await findLastPlan(backend, '9-1', here)).toMatchObject({ planId: '1-1' });
    expect(await findLastPlan(backend, '9-1', { ...here, ref: '' })).toBeUndefined();
  });

  it('of 32 MB is stored and read with less than 4 MB of it in memory at any time', {
    timeout: 60_000,
  }, async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage: () => void = runInNewContext('gc');
    const inUse = (): number => {
      // The second one waits for what the first left to be swept beside the program.
      collectGarbage();
      collectGarbage();
      return process.memoryUsage().arrayBuffers;
    };
    const before = inUse();
    const samples: number[] = [];
    const sample = (): void => {
      samples.push(inUse() - before);
    };
    const server = createServer(async (request, response) => {
      if (request.method === 'HEAD') {
        response.writeHead(404).end();
        return;
      }
      if (request.method === 'GET') {
        response.setHeader('content-length', LARGE);
        await pipeline(zeros(sample), response);
        return;
      }
      let received = 0;
      for await (const chunk of request) {
        const isNext = Math.floor((received + chunk.length) / SAMPLED) > Math.floor(received / SAMPLED);
        received += chunk.length;
        if (isNext) sample();
      }
      response.setHeader('etag', '"e"').end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const backend = bench.newBackend({}, `http://127.0.0.1:${port}`);
    const path = join(bench.directory, 'large');
    await writeFile(path, '');
    await truncate(path, LARGE);
    const record = await store(backend, path, '3-1');
    const fetched = await fetchPlan(backend, '3-1', record, join(bench.directory, 'large-back'));
    expect(record.size).toBe(LARGE);
    expect(fetched).toEqual({ kind: 'matches' });
    expect(samples.length).toBeGreaterThanOrEqual(8);
    expect(Math.max(...samples)).toBeLessThan(4 * MIB);
  });

  it('leaves its record after an apply, and nothing after its expiry: the record is deleted first', async () => {
    const backend = bench.newBackend();
    const path = join(bench.directory, 'plan');
    await writeFile(path, 'PLAN');
    const record = await store(backend, path, '4-1');
    await deleteAppliedPlan(backend, '4-1');
    const back = join(bench.directory, 'gone');
    expect(await fetchPlan(backend, '4-1', record, back)).toEqual({ kind: 'missing' });
    expect(await readPlanRecord(backend, '4-1')).toMatchObject({ kind: 'found' });
    bench.proxy.reset();
    await deletePlan(backend, '4-1');
    expect(operations(bench.proxy)).toEqual(['DeleteObject', 'DeleteObject']);
    expect(bench.proxy.requests[0]?.path).toContain('.json');
    expect(await readPlanRecord(backend, '4-1')).toEqual({ kind: 'missing' });
  });
});

/** The content of a sparse file of that size. Calls `onSent` each time so many bytes were sent. */
function* zeros(onSent: () => void): Generator<Buffer> {
  const chunk = Buffer.alloc(64 * 1024);
  for (let sent = 0; sent < LARGE; sent += chunk.length) {
    yield chunk;
    if (sent % SAMPLED === 0) onSent();
  }
}
