import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { heldLock } from '../../../src/backend/lock/held-lock.ts';
import { stateLock } from '../../../src/backend/lock/state-lock.ts';
import { hashAndInspectFile } from '../../../src/backend/state/hash-and-inspect.ts';
import { pushState } from '../../../src/backend/state/push-state.ts';
import { repairAnnounced } from '../../../src/backend/state/repair-digest.ts';
import { putItem, putObject, readItem, readObject } from '../../support/aws.ts';
import {
  type BackendBench,
  dynamodbFailure,
  openBackendBench,
  operations,
  s3Failure,
} from '../../support/backend.ts';

const motoUrl = inject('motoUrl') ?? '';
const PASS = 'pass' as const;
const BEFORE = '{"serial":1}';
const BODY = '{"version":4,"serial":2,"lineage":"l"}';
const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
const LOCK = { id: 'ours', info: '{"ID":"ours"}', heartbeatMs: undefined };
const lost = { details: { reason: 'lock_lost' } };

describe.skipIf(motoUrl === '')('a push under the lock', () => {
  let bench: BackendBench;
  beforeAll(async () => {
    bench = await openBackendBench(motoUrl, { name: 'push' });
  });
  afterEach(() => bench.proxy.reset());
  afterAll(() => bench.close());

  /** A job that holds the lock of a state, and a push of its next state. */
  async function job({ digest = md5(BEFORE) } = {}) {
    const backend = bench.newBackend();
    const { address, table } = backend;
    const path = join(bench.directory, randomBytes(4).toString('hex'));
    await writeFile(path, BODY);
    const facts = await hashAndInspectFile(path);
    if (facts === undefined) throw new Error('the file is gone');
    await putObject(bench.clients, address.bucket, address.objectKey, BEFORE);
    await putItem(bench.clients, table, address.digestPath, { Digest: digest });
    await stateLock(backend)?.acquire(LOCK);
    const held = heldLock(backend, LOCK);
    const provenance = { run: 'r', actor: 'a', lockId: LOCK.id, md5: facts.md5 };
    const request = { path, facts, provenance, expectedEtag: `"${md5(BEFORE)}"`, storedDigest: md5(BEFORE) };
    bench.proxy.reset();
    return {
      held,
      push: () => pushState(backend, held, request),
      takeOver: () => putItem(bench.clients, table, address.lockPath, { Info: '{"ID":"theirs"}' }),
      object: async () => (await readObject(bench.clients, address.bucket, address.objectKey))?.toString(),
      repair: () => repairAnnounced(backend),
      store: (text: string) => putObject(bench.clients, address.bucket, address.objectKey, text),
      digest: async () => {
        const { Digest, NextDigest } = (await readItem(bench.clients, table, address.digestPath)) ?? {};
        return { Digest, NextDigest };
      },
    };
  }
  const puts = () => operations(bench.proxy).filter((operation) => operation === 'PutObject').length;

  it('announces the next digest in the table while it checks the lock', async () => {
    const { push, object, digest } = await job();
    expect(await push()).toMatchObject({ kind: 'stored', conditional: true });
    expect(await object()).toBe(BODY);
    expect(await digest()).toEqual({ Digest: md5(BEFORE), NextDigest: md5(BODY) });
    expect(operations(bench.proxy).sort()).toEqual(['GetItem', 'PutItem', 'PutObject']);
    expect(operations(bench.proxy).at(-1)).toBe('PutObject');
  });

  it("announces nothing when the table's digest is not that of the pulled state", async () => {
    const { push, digest } = await job({ digest: md5('theirs') });
    expect(await push()).toMatchObject({ kind: 'stored' });
    expect(await digest()).toEqual({ Digest: md5('theirs'), NextDigest: undefined });
  });

  it("continues without the announcement when the table can't be written", async () => {
    const { push, object } = await job();
    bench.proxy.onRequest(({ operation }) =>
      operation === 'PutItem' ? dynamodbFailure('AccessDeniedException') : PASS,
    );
    expect(await push()).toMatchObject({ kind: 'stored' });
    expect(await object()).toBe(BODY);
  });

  describe('that ends in a conflict leaves its announcement, which', () => {
    async function conflictedJob() {
      const opened = await job();
      await opened.store('{"serial":"theirs"}');
      expect(await opened.push()).toMatchObject({ kind: 'conflict' });
      expect(await opened.digest()).toEqual({ Digest: md5(BEFORE), NextDigest: md5(BODY) });
      return opened;
    }

    it("never gives a digest to somebody else's object", async () => {
      const { repair, digest } = await conflictedJob();
      expect(await repair()).toEqual({ kind: 'nothing' });
      expect(await digest()).toEqual({ Digest: md5(BEFORE), NextDigest: md5(BODY) });
    });

    it('is replaced by the next push once the conflict is resolved', async () => {
      const { store, push, repair, digest } = await conflictedJob();
      await store(BEFORE);
      expect(await repair()).toEqual({ kind: 'nothing' });
      expect(await push()).toMatchObject({ kind: 'stored' });
      expect(await repair()).toMatchObject({ kind: 'repaired' });
      expect(await digest()).toEqual({ Digest: md5(BODY), NextDigest: undefined });
    });

    it('gives the rescue copy its digest, when somebody puts it in the place of the state', async () => {
      const { store, repair, digest } = await conflictedJob();
      await store(BODY);
      expect(await repair()).toMatchObject({ kind: 'repaired', calculated: md5(BODY) });
      expect(await digest()).toEqual({ Digest: md5(BODY), NextDigest: undefined });
    });
  });

  it("doesn't start when the lock is lost", async () => {
    const { push, takeOver, object, held } = await job();
    await takeOver();
    await expect(push()).rejects.toMatchObject({
      details: { reason: 'lock_lost', holder: { raw: '{"ID":"theirs"}' }, write: 'not_sent' },
    });
    expect([await object(), puts(), held.lost.aborted]).toEqual([BEFORE, 0, true]);
  });

  it('checks the lock again before each retry', async () => {
    const { push, object } = await job();
    bench.proxy.onRequest(({ operation }) =>
      operation === 'PutObject' && puts() === 1 ? s3Failure(503, 'SlowDown') : PASS,
    );
    expect(await push()).toMatchObject({ kind: 'stored' });
    expect(await object()).toBe(BODY);
    expect(operations(bench.proxy).slice(-3)).toEqual(['PutObject', 'GetItem', 'PutObject']);
  });

  it.each([
    ['refused', s3Failure(503, 'SlowDown'), 'not_sent'],
    ['never answered', 'reset-before' as const, 'in_doubt'],
  ])('is not sent again when the lock is lost after a try that was %s', async (_, fault, write) => {
    const { push, takeOver, object } = await job();
    bench.proxy.onRequest(async ({ operation }) => {
      if (operation !== 'PutObject') return PASS;
      await takeOver();
      return fault;
    });
    await expect(push()).rejects.toMatchObject({ details: { reason: 'lock_lost', write } });
    expect([await object(), puts()]).toEqual([BEFORE, 1]);
  });

  it('is abandoned immediately when a heartbeat finds that the lock is lost', async () => {
    const { push, held, object } = await job();
    bench.proxy.onRequest(({ operation }) => {
      if (operation !== 'PutObject') return PASS;
      held.markLost(undefined);
      return 'hang';
    });
    await expect(push()).rejects.toMatchObject({ details: { reason: 'lock_lost', write: 'in_doubt' } });
    await expect(held.verify()).rejects.toMatchObject(lost);
    expect([await object(), puts()]).toEqual([BEFORE, 1]);
  });

  it('is recognised as our own when the check before a retry fails and the earlier try went through', async () => {
    const { push, object } = await job();
    bench.proxy.onRequest(({ operation }) => {
      if (operation === 'PutObject') return 'reset-after';
      return operation === 'GetItem' && puts() > 0 ? dynamodbFailure('AccessDeniedException') : PASS;
    });
    expect(await push()).toMatchObject({ kind: 'stored' });
    expect([await object(), puts()]).toEqual([BODY, 1]);
  });
});
