import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { keepRecord } from '../../../src/job-state/checkpoint-record.ts';
import type { SavedState, Session } from '../../../src/job-state/saved-state.ts';
import { explain } from '../../../src/messages/explain.ts';
import type { Machine } from '../../../src/runner/machine.ts';
import { systemProcesses } from '../../../src/runner/processes.ts';
import { freeOrphanedLock } from '../../../src/steps/lock-cleanup/free-orphaned-lock.ts';
import { fakeMachine, makeSession, readBackend, runningTerraform } from '../../job-state/support.ts';
import { DUMMY_KEYS, putItem, putObject, readItem, readObject } from '../../support/aws.ts';
import {
  type BackendBench,
  type BenchBackend,
  dynamodbFailure,
  openBackendBench,
  s3Failure,
} from '../../support/backend.ts';
import { collectingRunner, fakeDependencies } from '../../support/dependencies.ts';

const motoUrl = inject('motoUrl') ?? '';
const PASS = 'pass' as const;
const OTHER = runningTerraform({ trackingId: 'github_2' });
const OWN = runningTerraform({ trackingId: 'github_1' });

const HOSTED = { RUNNER_ENVIRONMENT: 'github-hosted' };
const SELF_HOSTED = { RUNNER_ENVIRONMENT: 'self-hosted' };

function leftLock(who = 'runner@ci-7', id = '1'): string {
  const fields = { Operation: 'OperationTypeApply', Info: '', Who: who, Version: '1.11.4' };
  return JSON.stringify({ ID: id, ...fields, Created: new Date().toISOString(), Path: 'b/k' });
}

describe.skipIf(motoUrl === '')('a lock that a job left', () => {
  let bench: BackendBench;
  let backend: BenchBackend;
  beforeAll(async () => {
    bench = await openBackendBench(motoUrl, { name: 'orphaned' });
  });
  afterEach(() => bench.proxy.reset());
  afterAll(() => bench.close());

  /** The post step of a job on such a machine: its log, and its error if it fails. */
  async function post(
    machine: Partial<Machine> = {},
    useLockfile = false,
    env: Record<string, string> = HOSTED,
    more: Partial<SavedState> = {},
    guardedStates: Session['guardedStates'] = undefined,
    privateDirectory = `${bench.directory}/none`,
    module: Session['module'] = undefined,
  ) {
    const signals: string[] = [];
    const { address, table, endpoints, region, clock } = backend;
    const { settings } = readBackend(DUMMY_INPUTS);
    const aws = { ...settings.aws, endpoints, region };
    const session = makeSession({
      backend: { ...settings, address, table, useLockfile, aws },
      mode: 'guard',
      pull: false,
      startedAt: Date.now() - 1_000,
      privateDirectory,
      module,
      paths: { key: address.objectKey, workspaceKeyPrefix: 'env:' },
      stateDirectory: `${bench.directory}/none`,
      guardedStates,
    });
    const { runner, messages } = collectingRunner();
    const deps = fakeDependencies({
      env: { RUNNER_TRACKING_ID: 'github_1', ...env },
      clock,
      runner,
      machine: fakeMachine(machine),
      processes: { ...systemProcesses, signal: (pid, name) => void signals.push(`${name} to ${pid}`) },
    });
    const saved: SavedState = {
      session,
      lockStatus: 'none',
      times: undefined,
      isQueued: false,
      pulled: undefined,
      checkpointerPid: undefined,
      hostNames: undefined,
      plan: undefined,
      handedOverAt: undefined,
    };
    const error = await freeOrphanedLock(deps, { ...saved, ...more }).then(
      () => undefined,
      (reason: unknown) => explain(reason, clock.now()),
    );
    return {
      messages: messages.join('\n'),
      error,
      signals,
      waited: clock.slept.reduce((sum, ms) => sum + ms, 0),
    };
  }
  const leave = async (info: string): Promise<void> => {
    backend = bench.newBackend();
    await putItem(bench.clients, backend.table, backend.address.lockPath, { Info: info });
  };
  const item = async () => (await readItem(bench.clients, backend.table, backend.address.lockPath))?.Info;

  it('is freed in both of its stores', async () => {
    await leave(leftLock());
    const { bucket, lockFileKey } = backend.address;
    await putObject(bench.clients, bucket, lockFileKey, leftLock());
    const { messages, error } = await post({}, true);
    expect(error).toBeUndefined();
    expect(messages.match(/Freed the lock of/g)).toHaveLength(2);
    expect(await item()).toBeUndefined();
    expect(await readObject(bench.clients, bucket, lockFileKey)).toBeUndefined();
  });

  it('stays in both of its stores, and fails the step, when its item could not be deleted', async () => {
    await leave(leftLock());
    const { bucket, lockFileKey } = backend.address;
    await putObject(bench.clients, bucket, lockFileKey, leftLock());
    bench.proxy.onRequest(({ operation }) =>
      operation === 'DeleteItem' ? dynamodbFailure('AccessDeniedException') : 'pass',
    );
    const { error } = await post({}, true);
    expect(error).toContain('dynamodb:DeleteItem');
    expect(error).toContain('terraform force-unlock 1');
    expect(await item()).toBeDefined();
    expect(await readObject(bench.clients, bucket, lockFileKey)).toBeDefined();
  });

  it("is freed after 10 s when processes can't be listed but the machine is GitHub's and runs only this job", async () => {
    await leave(leftLock());
    expect(await post({ terraforms: async () => undefined })).toMatchObject({
      error: undefined,
      waited: 10_000,
    });
    expect(await item()).toBeUndefined();
  });

  it("stays and fails the step when another job's Terraform may hold it unseen", async () => {
    await leave(leftLock());
    const { error } = await post({ terraforms: async () => undefined }, false, SELF_HOSTED);
    expect(error).toContain("another job's Terraform on this machine may hold it");
    expect(error).toContain('terraform force-unlock 1');
    expect(await item()).toBeDefined();
  });

  it("stays and fails the step while another job's Terraform on this machine may hold it", async () => {
    await leave(leftLock());
    const { error, waited } = await post({ terraforms: async () => [OTHER] });
    expect(waited).toBe(30_000);
    expect(error).toContain('another job runs Terraform on this machine under the same host name');
    expect(error).toContain('terraform force-unlock 1');
    expect(await item()).toBeDefined();
  });

  it('is freed once the Terraform that may have held it has ended and left it', async () => {
    await leave(leftLock());
    let looks = 0;
    const terraforms = async () => {
      looks += 1;
      return looks < 4 ? [OTHER] : [];
    };
    expect(await post({ terraforms })).toMatchObject({ error: undefined, waited: 1_000 });
    expect(await item()).toBeUndefined();
  });

  it('is not confused with a lock taken during the check', async () => {
    await leave(leftLock());
    const next = leftLock('runner@ci-7', '2');
    let looks = 0;
    const terraforms = async () => {
      looks += 1;
      // After the first look at the lock.
      if (looks > 1) await putItem(bench.clients, backend.table, backend.address.lockPath, { Info: next });
      return [];
    };
    const { messages, error } = await post({ terraforms });
    expect(error).toBeUndefined();
    expect(messages).toContain('is already free');
    expect(await item()).toBe(next);
  });

  it("stays and fails the step when GitHub's machines share a host name, and the error says how to set a unique one", async () => {
    await leave(leftLock('runner@runnervmwhb2z'));
    const { error } = await post({ host: 'runnervmwhb2z' });
    expect(error).toContain('This machine is called runnervmwhb2z, like every machine');
    expect(error).toContain('sudo hostname "tf-$GITHUB_RUN_ID-$RANDOM"');
    expect(await item()).toBeDefined();
  });

  it("stays and fails the step while a Terraform of this job can't be stopped", async () => {
    await leave(leftLock());
    const stubborn = { ...OWN, canSignal: false };
    const { error, waited, signals } = await post({ terraforms: async () => [stubborn] });
    expect(waited).toBe(120_000);
    expect(signals).toEqual([]);
    expect(error).toContain("this job's Terraform, process 4711, could not be stopped and may hold it");
    expect(await item()).toBeDefined();
  });

  it('is freed on a self-hosted machine only if a Terraform of this job was seen that may have taken it', async () => {
    await leave(leftLock());
    const inDoubt = await post({}, false, SELF_HOSTED);
    expect(inDoubt.error).toContain('this job started no Terraform when it was taken');
    expect(inDoubt.error).toContain('terraform force-unlock 1');
    expect(await item()).toBeDefined();
    let looks = 0;
    const startedAt = Date.now() - 1_000;
    const terraforms = async () => (looks++ < 2 ? [{ ...OWN, startedAt }] : []);
    const seen = await post({ terraforms }, false, SELF_HOSTED);
    expect(seen).toMatchObject({ error: undefined, signals: ['SIGINT to 4711'] });
    expect(await item()).toBeUndefined();
  });

  it('is freed, and the host name that main set is restored, but not one that somebody else set', async () => {
    await leave(leftLock('runner@tf-1-1-a'));
    const renamed: string[] = [];
    const rename = async (name: string) => void renamed.push(name);
    const hostNames = { before: 'runnervmwhb2z', given: 'tf-1-1-a' };
    const { messages, error } = await post({ host: 'tf-1-1-a', rename }, false, HOSTED, { hostNames });
    expect(error).toBeUndefined();
    expect(renamed).toEqual(['runnervmwhb2z']);
    expect(messages).toContain('The host name of this machine is runnervmwhb2z again.');
    expect(await item()).toBeUndefined();
    await post({ host: 'theirs', rename }, false, HOSTED, { hostNames });
    expect(renamed).toHaveLength(1);
  });

  it("is in the error, too, when it stays and the selected workspace can't be read", async () => {
    await leave(leftLock());
    bench.proxy.onRequest(({ operation }) =>
      operation === 'DeleteItem' ? dynamodbFailure('AccessDeniedException') : 'pass',
    );
    const unreadable = {
      directory: bench.directory,
      dataDirectory: `/${'x'.repeat(300)}`,
      selectedBefore: undefined,
    };
    const { error } = await post({}, false, HOSTED, {}, undefined, undefined, unreadable);
    expect(error).toContain('ENAMETOOLONG');
    expect(error).toContain(backend.address.lockPath);
  });

  describe('in another workspace, which a step selected for its Terraform alone,', () => {
    const lockPath = () => `${backend.address.bucket}/env:/prod/${backend.address.objectKey}`;
    const leaveInProd = async () => {
      backend = bench.newBackend();
      await putItem(bench.clients, backend.table, lockPath(), { Info: leftLock() });
    };
    const inProd = async () => (await readItem(bench.clients, backend.table, lockPath()))?.Info;

    it('is freed if post stopped a Terraform there', async () => {
      await leaveInProd();
      const runs = [[{ ...OWN, workspace: 'prod' }], []];
      const { messages, error } = await post({ terraforms: async () => runs.shift() ?? [] });
      expect(error).toBeUndefined();
      expect(messages).toContain(`No lock is left on ${backend.address.lockPath}.`);
      expect(messages).toContain(`Freed the lock of ${lockPath()}`);
      expect(await inProd()).toBeUndefined();
    });

    it.each([HOSTED, SELF_HOSTED])(
      'is freed if one was seen there before it was killed (%j)',
      async (env) => {
        await leaveInProd();
        const directory = await mkdtemp(join(bench.directory, 'seen-'));
        const record = keepRecord(directory, 2 ** 22 + 1);
        const now = Date.now();
        record.update({ sightings: [{ id: '1-1', from: now - 1_000, until: now, workspace: 'prod' }] });
        const { messages, error } = await post({}, false, env, {}, undefined, directory);
        expect(error).toBeUndefined();
        expect(messages).toContain(`Freed the lock of ${lockPath()}`);
        expect(await inProd()).toBeUndefined();
      },
    );

    it('is named in a warning if the role may not read it', async () => {
      await leaveInProd();
      bench.proxy.onRequest(({ operation, body }) =>
        operation === 'GetItem' && String(body).includes('prod')
          ? dynamodbFailure('AccessDeniedException')
          : 'pass',
      );
      const runs = [[{ ...OWN, workspace: 'prod' }], []];
      const { messages, error } = await post({ terraforms: async () => runs.shift() ?? [] });
      expect(error).toBeUndefined();
      expect(messages).toContain('also worked in the workspace prod');
      expect(messages).toContain(lockPath());
    });
  });

  describe('in many workspaces in which its Terraforms were seen', () => {
    const NAMES = ['prod', 'stage', 'test'];
    const lockPath = (name: string) => `${backend.address.bucket}/env:/${name}/${backend.address.objectKey}`;
    const leaveInEach = async (): Promise<string> => {
      await leave(leftLock());
      for (const name of NAMES) {
        await putItem(bench.clients, backend.table, lockPath(name), { Info: leftLock() });
      }
      const directory = await mkdtemp(join(bench.directory, 'seen-'));
      const now = Date.now();
      const seen = { from: now - 1_000, until: now };
      keepRecord(directory, 2 ** 22 + 1).update({
        sightings: NAMES.map((workspace, i) => ({ id: `${i}-1`, ...seen, workspace })),
      });
      return directory;
    };
    const postIn = (directory: string, machine: Partial<Machine> = {}) =>
      post(machine, false, HOSTED, {}, undefined, directory);

    it('is looked for in all at once, so the waits for other jobs do not add up', async () => {
      const { messages, error, waited } = await postIn(await leaveInEach(), {
        terraforms: async () => undefined,
      });
      expect(error).toBeUndefined();
      expect(messages.match(/Freed the lock of/g)).toHaveLength(4);
      expect(waited).toBeLessThan(15_000);
    });

    it('is reported workspace by workspace, whichever answers first', async () => {
      const directory = await leaveInEach();
      const last = Promise.withResolvers<void>();
      bench.proxy.onRequest(async ({ operation, body }) => {
        if (operation === 'DeleteItem' && body.includes('/test/')) last.resolve();
        if (operation === 'DeleteItem' && !body.includes('env:')) await last.promise;
        return PASS;
      });
      const { messages } = await postIn(directory);
      const freed = [...messages.matchAll(/Freed the lock of ([^ ,]+)/g)].map(([, path]) => path);
      expect(freed).toEqual([backend.address.lockPath, ...NAMES.map(lockPath)]);
    });

    it("that can't be freed in one is freed in the others, and the error names each that stays", async () => {
      const directory = await leaveInEach();
      bench.proxy.onRequest(({ operation, body }) =>
        operation === 'DeleteItem' && !/prod|stage/.test(String(body))
          ? dynamodbFailure('AccessDeniedException')
          : 'pass',
      );
      const { messages, error = '' } = await postIn(directory);
      expect(messages.match(/Freed the lock of/g)).toHaveLength(2);
      const [first, second] = [backend.address.lockPath, lockPath('test')].map((path) => error.indexOf(path));
      expect(first).toBeGreaterThan(-1);
      expect(second).toBeGreaterThan(first ?? Number.NaN);
    });
  });

  describe('among several states', () => {
    const FOLDERS = ['apps', 'net', 'other'];
    /** Locks of this job and of others in states of a folder of their own. */
    async function leaveMany(): Promise<string> {
      backend = bench.newBackend();
      const { bucket, objectKey } = backend.address;
      const folder = objectKey.split('/')[0] ?? '';
      const put = (key: string, info: string) =>
        putItem(bench.clients, backend.table, `${bucket}/${folder}/${key}`, { Info: info });
      for (const name of FOLDERS) await put(`${name}/ours.tfstate`, leftLock());
      await put('apps/theirs.tfstate', leftLock('alice@laptop'));
      await put('apps/notes.txt', leftLock());
      await putObject(bench.clients, bucket, `${folder}/apps/file.tfstate.tflock`, leftLock());
      return folder;
    }
    const lockedIn = async (folder: string): Promise<string[]> => {
      const { bucket } = backend.address;
      const keys = [
        ...FOLDERS.map((name) => `${name}/ours.tfstate`),
        'apps/theirs.tfstate',
        'apps/notes.txt',
      ];
      const items = await Promise.all(
        keys.map((key) => readItem(bench.clients, backend.table, `${bucket}/${folder}/${key}`)),
      );
      const file = await readObject(bench.clients, bucket, `${folder}/apps/file.tfstate.tflock`);
      return [...keys.filter((_, i) => items[i] !== undefined), ...(file === undefined ? [] : ['file'])];
    };

    it("each lock that this job's Terraforms left is freed: those named, and all below a prefix", async () => {
      const folder = await leaveMany();
      const guarded = { objectKeys: [`${folder}/net/ours.tfstate`], prefixes: [`${folder}/apps/`] };
      const { messages, error } = await post({}, true, HOSTED, {}, guarded);
      expect(error).toBeUndefined();
      expect(messages.match(/Freed the lock of/g)).toHaveLength(3);
      expect(await lockedIn(folder)).toEqual(['other/ours.tfstate', 'apps/theirs.tfstate', 'apps/notes.txt']);
      const again = await post({}, true, HOSTED, {}, guarded);
      expect(again.messages).toContain('No lock is left on one state');
    });

    it("a lock that can't be freed doesn't keep the others, and the waits for other jobs don't add up", async () => {
      const folder = await leaveMany();
      const guarded = { objectKeys: FOLDERS.map((name) => `${folder}/${name}/ours.tfstate`), prefixes: [] };
      bench.proxy.onRequest(({ operation, body }) =>
        operation === 'DeleteItem' && body.includes('/net/')
          ? { status: 400, headers: {}, body: '{"__type":"x#AccessDeniedException"}' }
          : 'pass',
      );
      const { error, waited } = await post({ terraforms: async () => undefined }, false, HOSTED, {}, guarded);
      expect(error).toContain(`${folder}/net/ours.tfstate`);
      expect(error).not.toContain('/apps/');
      expect(await lockedIn(folder)).toEqual([
        'net/ours.tfstate',
        'apps/theirs.tfstate',
        'apps/notes.txt',
        'file',
      ]);
      expect(waited).toBeLessThan(15_000);
    });

    it('a prefix that may not be listed does not hide the locks below another', async () => {
      const folder = await leaveMany();
      const guarded = { objectKeys: [], prefixes: [`${folder}/apps/`, `${folder}/net/`] };
      bench.proxy.onRequest(({ path }) =>
        path.includes('list-type') && decodeURIComponent(path).includes('/apps/')
          ? s3Failure(403, 'AccessDenied')
          : 'pass',
      );
      const { error } = await post({}, true, HOSTED, {}, guarded);
      expect(error).toContain('s3:ListBucket');
      expect(await lockedIn(folder)).not.toContain('net/ours.tfstate');
    });

    it('are reported in the order in which they were given, whichever answers first', async () => {
      const folder = await leaveMany();
      const keys = FOLDERS.map((name) => `${folder}/${name}/ours.tfstate`);
      const last = Promise.withResolvers<void>();
      bench.proxy.onRequest(async ({ operation, body }) => {
        if (operation === 'DeleteItem' && body.includes('/other/')) last.resolve();
        if (operation === 'DeleteItem' && body.includes('/apps/')) await last.promise;
        return PASS;
      });
      const { messages } = await post({}, false, HOSTED, {}, { objectKeys: keys, prefixes: [] });
      const freed = [...messages.matchAll(/Freed the lock of ([^ ,]+)/g)].map(([, path]) => path);
      expect(freed).toEqual(keys.map((key) => `${backend.address.bucket}/${key}`));
    });

    it('a table that may not be scanned is an error, but the named locks are freed', async () => {
      const folder = await leaveMany();
      const guarded = { objectKeys: [`${folder}/net/ours.tfstate`], prefixes: [`${folder}/apps/`] };
      bench.proxy.onRequest(({ operation }) =>
        operation === 'Scan'
          ? { status: 400, headers: {}, body: '{"__type":"x#AccessDeniedException"}' }
          : 'pass',
      );
      const { error } = await post({}, false, HOSTED, {}, guarded);
      expect(error).toContain('dynamodb:Scan');
      expect(await lockedIn(folder)).not.toContain('net/ours.tfstate');
    });
  });

  it("fails the job when it can't be read", async () => {
    await leave(leftLock());
    bench.proxy.onRequest(() => ({ status: 400, headers: {}, body: '{"__type":"x#AccessDeniedException"}' }));
    const { error } = await post();
    expect(error).toContain('dynamodb:GetItem');
  });
});

const DUMMY_INPUTS = {
  access_key: DUMMY_KEYS.accessKeyId,
  secret_key: DUMMY_KEYS.secretAccessKey,
  use_path_style: 'true',
};
