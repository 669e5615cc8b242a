import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { connectAws } from '../../../src/aws/connect.ts';
import type { Dependencies } from '../../../src/job-state/dependencies.ts';
import { type SavedState, STATE_KEYS } from '../../../src/job-state/saved-state.ts';
import { serializeState } from '../../../src/job-state/serialize-state.ts';
import { explain } from '../../../src/messages/explain.ts';
import { runPost } from '../../../src/post.ts';
import { systemProcesses } from '../../../src/runner/processes.ts';
import { actionsRunner } from '../../../src/runner/runner.ts';
import { claimStateDirectory } from '../../../src/workspace-files/claim-state-directory.ts';
import { stateText } from '../../job-state/state-texts.ts';
import { fakeMachine, readBackend, runningTerraform } from '../../job-state/support.ts';
import { DUMMY_KEYS, putItem, readItem, readObject } from '../../support/aws.ts';
import { type BackendBench, openBackendBench } from '../../support/backend.ts';

const motoUrl = inject('motoUrl') ?? '';
const INFO = JSON.stringify({ ID: 'ours', Created: '2026-01-01T00:00:00Z' });
const KEYS = {
  access_key: DUMMY_KEYS.accessKeyId,
  secret_key: DUMMY_KEYS.secretAccessKey,
  use_path_style: 'true',
};

describe.skipIf(motoUrl === '')(
  "a Terraform of another user that works on the job's state, and that nobody can end",
  () => {
    let bench: BackendBench;
    beforeAll(async () => {
      bench = await openBackendBench(motoUrl, { name: 'live' });
    });
    afterEach(() => bench.proxy.reset());
    afterAll(() => bench.close());

    /** Post of a job whose Terraform lives on, with the state open. */
    async function post(pull: boolean, isChanged: boolean) {
      const { address, table, endpoints, region, clock } = bench.newBackend();
      const privateDirectory = join(bench.directory, address.objectKey.replace('/', '-'));
      mkdirSync(privateDirectory);
      const stateDirectory = `${privateDirectory}-state`;
      const owner = { privateDirectory, isLocked: true, run: '', lockId: 'ours', pulledMd5: '' };
      await claimStateDirectory(stateDirectory, owner);
      if (isChanged) writeFileSync(join(stateDirectory, 'terraform.tfstate'), stateText());
      await putItem(bench.clients, table, address.lockPath, { Info: INFO });
      const { settings } = readBackend(KEYS);
      const session: SavedState['session'] = {
        backend: { ...settings, address, table, aws: { ...settings.aws, endpoints, region } },
        mode: 'hold',
        pull,
        push: 'changed',
        publishOutputs: false,
        checkpointMs: 0,
        startedAt: 1,
        privateDirectory,
        stateDirectory,
        workingDirectory: undefined,
        module: undefined,
        lock: { id: 'ours', info: INFO, heartbeatMs: undefined },
      };
      const said: string[] = [];
      const say = (text: string): void => void said.push(text);
      const { signal } = new AbortController();
      const nothing = { state: undefined, etag: undefined, storedDigest: undefined };
      const deps: Dependencies = {
        env: {
          [`STATE_${STATE_KEYS.session}`]: serializeState(session),
          [`STATE_${STATE_KEYS.lock}`]: 'held',
          [`STATE_${STATE_KEYS.times}`]: serializeState({ waitedMs: 0, heldSince: clock.now() }),
          ...(pull ? { [`STATE_${STATE_KEYS.pulled}`]: serializeState(nothing) } : {}),
        },
        runner: {
          ...actionsRunner,
          info: say,
          notice: say,
          warning: say,
          mask: () => {},
          group: (_, work) => work(),
          summary: async (markdown) => say(markdown),
        },
        clock,
        signal,
        cleanupSignal: () => signal,
        tryForMs: 0,
        random: () => 1,
        connect: connectAws,
        lookUpRun: async () => ({ kind: 'running' }),
        machine: fakeMachine({
          terraforms: async () => [runningTerraform({ canSignal: false, hasStateOpen: true })],
        }),
        processes: systemProcesses,
      };
      const error = await runPost(deps).then(
        () => undefined,
        (reason: unknown) => explain(reason, clock.now()),
      );
      const { clients } = bench;
      return {
        said: said.join('\n'),
        error,
        waited: clock.slept.reduce((sum, ms) => sum + ms, 0),
        lock: (await readItem(clients, table, address.lockPath))?.Info,
        digest: (await readItem(clients, table, address.digestPath))?.Digest,
        object: (await readObject(clients, address.bucket, address.objectKey))?.toString(),
        privateDirectory,
      };
    }

    it('keeps its lock, in red, with its process and the ways to free the lock', async () => {
      const { error, lock, waited, said } = await post(true, false);
      expect(lock).toBe(INFO);
      expect(waited).toBe(120_000);
      const [first = '', ...more] = (error ?? '').split('\n');
      expect(first).toMatch(
        /^The lock of .* stays: a Terraform of this job still works on the state, process 4711,/,
      );
      expect(first.length).toBeLessThan(300);
      expect(more.join('\n')).toContain('terraform force-unlock ours');
      expect(said).toContain('kept, since Terraform still works under it');
    });

    it('loses nothing of what it had written: that is pushed with its digest, under the lock that stays', async () => {
      const { error, lock, object, digest } = await post(true, true);
      expect(error).toContain('could not be ended');
      expect(lock).toBe(INFO);
      expect(object).toBe(stateText());
      expect(digest).toBe(createHash('md5').update(stateText()).digest('hex'));
    });

    it('keeps a lock that the job held alone', async () => {
      const { error, lock } = await post(false, false);
      expect(error).toContain('could not be ended');
      expect(lock).toBe(INFO);
    });
  },
);
