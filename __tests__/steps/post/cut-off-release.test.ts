import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { Interrupted } from '../../../src/runner/interrupt.ts';
import { deleteItem, readItem, readObject } from '../../support/aws.ts';
import { type BackendBench, deleteObject, openBackendBench } from '../../support/backend.ts';
import { holdNewState } from './held-job.ts';

const motoUrl = inject('motoUrl') ?? '';

describe.skipIf(motoUrl === '')('a release that an interrupt cuts off after it freed the lock', () => {
  let bench: BackendBench;
  beforeAll(async () => {
    bench = await openBackendBench(motoUrl, { name: 'cutoff' });
  });
  afterEach(() => bench.proxy.reset());
  afterAll(() => bench.close());

  /** The post step of a job that made the first state, interrupted while it waits for the answer to its delete. */
  async function interruptedPost(useLockfile: boolean, isChanged: boolean) {
    const job = await holdNewState(bench, { useLockfile, isChanged });
    const { table, address } = job.backend;
    const { bucket, lockFileKey, lockPath: lockId } = address;
    const { clients } = bench;
    const interrupted = new AbortController();
    bench.proxy.onRequest(async ({ operation }) => {
      if (operation !== 'DeleteObject' && operation !== 'DeleteItem') return 'pass';
      if (useLockfile) await deleteObject(clients, bucket, lockFileKey);
      else await deleteItem(clients, table, lockId);
      if (interrupted.signal.aborted) return 'pass';
      interrupted.abort(new Interrupted('SIGINT'));
      return 'hang';
    });
    const last = new AbortController().signal;
    const end = await job.post({ signal: interrupted.signal, cleanupSignal: () => last });
    const isFree = useLockfile
      ? (await readObject(clients, bucket, lockFileKey)) === undefined
      : (await readItem(clients, table, lockId)) === undefined;
    return { ...end, isFree };
  }

  it("with a lock file counts the push and doesn't claim that somebody else freed the lock", async () => {
    const { messages, error, isFree } = await interruptedPost(true, true);
    expect(error).toBeUndefined();
    expect(messages).toContain('Pushed serial 1');
    expect(messages).toContain('Released the lock');
    expect(isFree).toBe(true);
  });

  it("with a lock item and nothing pushed doesn't claim that somebody else freed the lock", async () => {
    const { messages, error, isFree } = await interruptedPost(false, false);
    expect(error).toBeUndefined();
    expect(messages).toContain('Released the lock');
    expect(messages).not.toContain('Somebody');
    expect(isFree).toBe(true);
  });
});
