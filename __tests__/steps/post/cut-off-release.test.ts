import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { connectAws } from '../../../src/aws/connect.ts';
import type { Dependencies } from '../../../src/job-state/dependencies.ts';
import { type SavedState, STATE_KEYS } from '../../../src/job-state/saved-state.ts';
import { serializeState } from '../../../src/job-state/serialize-state.ts';
import { explain } from '../../../src/messages/explain.ts';
import { runPost } from '../../../src/post.ts';
import { Interrupted } from '../../../src/runner/interrupt.ts';
import { systemProcesses } from '../../../src/runner/processes.ts';
import { actionsRunner } from '../../../src/runner/runner.ts';
import { claimStateDirectory } from '../../../src/workspace-files/claim-state-directory.ts';
import { stateText } from '../../job-state/state-texts.ts';
import { fakeMachine, readBackend } from '../../job-state/support.ts';
import { DUMMY_KEYS, deleteItem, putItem, putObject, readItem, readObject } from '../../support/aws.ts';
import { type BackendBench, deleteObject, openBackendBench } from '../../support/backend.ts';

const motoUrl = inject('motoUrl') ?? '';
const INFO = JSON.stringify({ ID: 'ours', Created: '2026-01-01T00:00:00Z' });
const KEYS = {
  access_key: DUMMY_KEYS.accessKeyId,
  secret_key: DUMMY_KEYS.secretAccessKey,
  use_path_style: 'true',
};

describe.skipIf(motoUrl === '')('a release that an interrupt cuts off after it freed the lock', () => {
  let bench: BackendBench;
  beforeAll(async () => {
    bench = await openBackendBench(motoUrl, { name: 'cutoff' });
  });
  afterEach(() => bench.proxy.reset());
  afterAll(() => bench.close());

  /** Post of a job that made the first state, interrupted while the answer to its delete is under way. */
  async function interruptedPost(useLockfile: boolean, isChanged: boolean) {
    const { address, table, endpoints, region, clock } = bench.newBackend();
    const { clients } = bench;
    const privateDirectory = join(bench.directory, address.objectKey.replace('/', '-'));
    mkdirSync(privateDirectory);
    const stateDirectory = `${privateDirectory}-state`;
    const owner = { privateDirectory, isLocked: true, run: '', lockId: 'ours', pulledMd5: '' };
    await claimStateDirectory(stateDirectory, owner);
    if (isChanged) writeFileSync(join(stateDirectory, 'terraform.tfstate'), stateText());
    const { bucket, lockFileKey, lockPath: lockId } = address;
    if (useLockfile) await putObject(clients, bucket, lockFileKey, INFO);
    else await putItem(clients, table, lockId, { Info: INFO });
    const { settings } = readBackend(KEYS);
    const aws = { ...settings.aws, endpoints, region };
    const dynamodbTable = useLockfile ? undefined : table;
    const session: SavedState['session'] = {
      backend: { ...settings, address, table: dynamodbTable, useLockfile, aws },
      mode: 'hold',
      pull: true,
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
    const interrupted = new AbortController();
    bench.proxy.onRequest(async ({ operation }) => {
      if (operation !== 'DeleteObject' && operation !== 'DeleteItem') return 'pass';
      if (useLockfile) await deleteObject(clients, bucket, lockFileKey);
      else await deleteItem(clients, table, lockId);
      if (interrupted.signal.aborted) return 'pass';
      interrupted.abort(new Interrupted('SIGINT'));
      return 'hang';
    });
    const said: string[] = [];
    const say = (text: string): void => void said.push(text);
    const last = new AbortController().signal;
    const deps: Dependencies = {
      env: {
        [`STATE_${STATE_KEYS.session}`]: serializeState(session),
        [`STATE_${STATE_KEYS.lock}`]: 'held',
        [`STATE_${STATE_KEYS.pulled}`]: serializeState({
          state: undefined,
          etag: undefined,
          storedDigest: undefined,
        }),
      },
      runner: {
        ...actionsRunner,
        info: say,
        notice: say,
        warning: say,
        mask: () => {},
        group: (_, work) => work(),
        summary: async () => {},
      },
      clock,
      signal: interrupted.signal,
      cleanupSignal: () => last,
      tryForMs: 0,
      random: () => 1,
      connect: connectAws,
      lookUpRun: async () => ({ kind: 'running' }),
      machine: fakeMachine(),
      processes: systemProcesses,
    };
    const error = await runPost(deps).then(
      () => undefined,
      (reason: unknown) => explain(reason, clock.now()),
    );
    const isFree = useLockfile
      ? (await readObject(clients, bucket, lockFileKey)) === undefined
      : (await readItem(clients, table, lockId)) === undefined;
    return { said: said.join('\n'), error, isFree };
  }

  it('with a lock file: the push counts, and nobody is said to have freed the lock', async () => {
    const { said, error, isFree } = await interruptedPost(true, true);
    expect(error).toBeUndefined();
    expect(said).toContain('Pushed serial 1');
    expect(said).toContain('Released the lock');
    expect(isFree).toBe(true);
  });

  it('with a lock item and nothing pushed: nobody is said to have freed the lock', async () => {
    const { said, error, isFree } = await interruptedPost(false, false);
    expect(error).toBeUndefined();
    expect(said).toContain('Released the lock');
    expect(said).not.toContain('Somebody');
    expect(isFree).toBe(true);
  });
});
