import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { lockTable } from '../../src/backend/lock/lock-table.ts';
import { writeDigestAndRelease } from '../../src/backend/state/commit.ts';
import { hashAndInspectFile } from '../../src/backend/state/hash-and-inspect.ts';
import { storeFile } from '../../src/backend/state/state-object.ts';
import { readItem, readObject } from '../support/aws.ts';
import { type BackendBench, openBackendBench } from '../support/backend.ts';

const motoUrl = inject('motoUrl') ?? '';
const PASS = 'pass' as const;
const ours = { id: 'ours', info: '{"ID":"ours"}', heartbeatMs: undefined };
const BODY = '{"version":4,"serial":2,"lineage":"l"}\n';
const md5 = createHash('md5').update(BODY).digest('hex');

describe.skipIf(motoUrl === '')('a push', () => {
  let bench: BackendBench;
  beforeAll(async () => {
    bench = await openBackendBench(motoUrl, { name: 'order' });
  });
  afterAll(() => bench.close());

  it('writes the digest only after the object is stored', async () => {
    const backend = bench.newBackend();
    const { aws, address, table } = backend;
    const path = join(bench.directory, 'state');
    await writeFile(path, BODY);
    const facts = await hashAndInspectFile(path);
    if (facts === undefined) throw new Error('the file is gone');
    await lockTable(aws, table, address.lockPath).acquire(ours, undefined);
    bench.proxy.reset();
    const seen: [string, string | undefined, string | undefined][] = [];
    bench.proxy.onRequest(async ({ operation }) => {
      const object = await readObject(bench.clients, address.bucket, address.objectKey);
      const item = await readItem(bench.clients, table, address.digestPath);
      seen.push([operation, object?.toString(), item?.Digest]);
      return PASS;
    });

    const provenance = { run: '', actor: '', lockId: 'ours', md5 };
    const stored = await storeFile(backend, {
      key: address.objectKey,
      path,
      facts,
      provenance,
      expectedEtag: undefined,
    });
    expect(stored.kind).toBe('stored');
    const request = { table, lock: ours, md5, previousMd5: undefined };
    expect((await writeDigestAndRelease(backend, request)).digest).toEqual({ kind: 'written' });

    expect(seen).toEqual([
      ['PutObject', undefined, undefined],
      ['TransactWriteItems', BODY, undefined],
    ]);
    const [object, digest] = bench.proxy.requests;
    expect(object?.status).toBe(200);
    expect(digest?.startedAt).toBeGreaterThanOrEqual(object?.endedAt ?? Number.POSITIVE_INFINITY);
    expect((await readItem(bench.clients, table, address.digestPath))?.Digest).toBe(md5);
  });
});
