import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { stateText } from '../../job-state/state-texts.ts';
import { fakeMachine, runningTerraform } from '../../job-state/support.ts';
import { readItem, readObject } from '../../support/aws.ts';
import { type BackendBench, openBackendBench } from '../../support/backend.ts';
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
