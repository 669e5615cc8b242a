import { createHash } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { stateText } from '../../job-state/state-texts.ts';
import { fakeMachine, runningTerraform } from '../../job-state/support.ts';
import { readItem, readObject } from '../../support/aws.ts';
import { type BackendBench, openBackendBench } from '../../support/backend.ts';
import { fakeDependencies } from '../../support/dependencies.ts';
import { holdNewState, INFO } from './held-job.ts';

const motoUrl = inject('motoUrl') ?? '';

describe.skipIf(motoUrl === '')(
  "a Terraform of another user that works on the job's state and can't be stopped",
  () => {
    let bench: BackendBench;
    beforeAll(async () => {
      bench = await openBackendBench(motoUrl, { name: 'live' });
    });
    afterEach(() => bench.proxy.reset());
    afterAll(() => bench.close());

    /** The post step of a job whose Terraform still runs with the state open. */
    async function post(pull: boolean, isChanged: boolean) {
      const job = await holdNewState(bench, { pull, isChanged });
      const { table, address, clock } = job.backend;
      const running = runningTerraform({ canSignal: false, hasStateOpen: true });
      const end = await job.post({ machine: fakeMachine({ terraforms: async () => [running] }) });
      const { clients } = bench;
      return {
        ...end,
        waited: clock.slept.reduce((sum, ms) => sum + ms, 0),
        lock: (await readItem(clients, table, address.lockPath))?.Info,
        digest: (await readItem(clients, table, address.digestPath))?.Digest,
        object: (await readObject(clients, address.bucket, address.objectKey))?.toString(),
      };
    }

    it('keeps the lock and fails the step, which names the process and the ways to free the lock', async () => {
      const { error, lock, waited, messages } = await post(true, false);
      expect(lock).toBe(INFO);
      expect(waited).toBe(120_000);
      const [first = '', ...more] = (error ?? '').split('\n');
      expect(first).toMatch(
        /^The lock of .* stays: this job's Terraform, process 4711, still works on the state and could not be stopped/,
      );
      expect(first.length).toBeLessThan(300);
      expect(more.join('\n')).toContain('terraform force-unlock ours');
      expect(messages).toContain('kept, because Terraform still works under it');
    });

    it('loses nothing that it wrote: that is pushed with its digest under the remaining lock', async () => {
      const { error, lock, object, digest } = await post(true, true);
      expect(error).toContain('could not be stopped');
      expect(lock).toBe(INFO);
      expect(object).toBe(stateText());
      expect(digest).toBe(createHash('md5').update(stateText()).digest('hex'));
    });

    it('keeps the lock of a lock-only job', async () => {
      const { error, lock } = await post(false, false);
      expect(error).toContain('could not be stopped');
      expect(lock).toBe(INFO);
    });
  },
);

describe.skipIf(motoUrl === '')('a Terraform that still runs after a job with `lock: none`', () => {
  let bench: BackendBench;
  beforeAll(async () => {
    bench = await openBackendBench(motoUrl, { name: 'unlocked' });
  });
  afterAll(() => bench.close());

  it('ends before post looks at the state, so what it writes at its end is kept', async () => {
    const job = await holdNewState(bench, { isLocked: false, isChanged: false });
    const signals: string[] = [];
    const terraforms = async () => {
      if (signals.length === 0) return [runningTerraform({ hasStateOpen: true })];
      writeFileSync(job.statePath, stateText());
      return [];
    };
    const processes = {
      ...fakeDependencies().processes,
      signal: (_: number, name: string) => signals.push(name),
    };
    const { error } = await job.post({ machine: fakeMachine({ terraforms }), processes });
    expect(signals).toEqual(['SIGINT']);
    expect(error).toContain("This job's Terraform changed the state");
    const { address } = job.backend;
    const rescued = await readObject(bench.clients, address.bucket, `${address.objectKey}.rescue/local-1`);
    expect(rescued?.toString()).toBe(stateText());
  });

  it("keeps its files if it can't be stopped, because it may still write there", async () => {
    const job = await holdNewState(bench, { isLocked: false, isChanged: false });
    writeFileSync(job.statePath, '');
    const running = runningTerraform({ canSignal: false, hasStateOpen: true });
    const { error } = await job.post({ machine: fakeMachine({ terraforms: async () => [running] }) });
    expect(error).toContain("is in use: this job's Terraform, process 4711, still works on the state");
    expect(existsSync(job.statePath)).toBe(true);
  });
});
