import { describe, expect, it } from 'vitest';
import { putObject, readObject } from '../support/aws.ts';
import { deleteObject } from '../support/backend.ts';
import { assertNoSecret } from '../support/runner.ts';
import { decide, deniedByDynamodb, deniedByS3, holdAt, reachedBy, s3Error, stopAt } from './faults.ts';
import { appliedState, stateText } from './states.ts';
import {
  describeInProcess,
  describePackaged,
  findErrors,
  md5,
  openTestbed,
  type Testbed,
  type TestbedOptions,
  toText,
} from './support.ts';

const THEIRS =
  '{"ID":"theirs-1","Operation":"OperationTypeApply","Info":"","Who":"alice@laptop","Version":"1.11.4","Created":"2026-01-02T03:04:05Z","Path":"b/k"}';
const CUSTOMER_KEY = Buffer.alloc(32, 9).toString('base64');
const WAYS = ['file', 'both'] as const;
type Way = (typeof WAYS)[number];

/** A testbed with a state that is locked with the lock file, alone or before the table. */
async function openLocked(way: Way, options: TestbedOptions = {}, inputs: Record<string, string> = {}) {
  const testbed = await openTestbed({ table: way === 'both', ...options });
  await testbed.seed(stateText());
  const job = await testbed.job({ with: { use_lockfile: 'true', ...inputs } });
  const { bucket } = testbed.fixture;
  const key = `${testbed.objectKey}.tflock`;
  return {
    testbed,
    job,
    putFile: (body: string) => putObject(testbed.clients, bucket, key, body),
    dropFile: () => deleteObject(testbed.clients, bucket, key),
    /** The lock infos of the existing locks. */
    locks: async () => [
      (await readObject(testbed.clients, bucket, key))?.toString(),
      way === 'both' ? await testbed.lock() : undefined,
    ],
  };
}

const FREE = [undefined, undefined];

async function expectPushed(testbed: Testbed, way: Way): Promise<void> {
  expect(await testbed.object()).toBe(appliedState());
  if (way === 'both') expect(await testbed.digest()).toBe(md5(appliedState()));
}

describePackaged.for(WAYS)('a job that locks with use_lockfile (%s)', (way) => {
  const isBoth = way === 'both';

  it('holds the lock from main to post, pushes, and leaves nothing', async () => {
    const { testbed, job, locks } = await openLocked(way, { role: true });
    const main = await job.main();
    expect(main).toMatchObject({ exitCode: 0, rawStderr: '' });
    expect(main.outputs.reason_code).toBe('held');
    expect(main.annotations).toEqual([]);
    const [file, item] = await locks();
    expect(JSON.parse(file ?? '')).toMatchObject({ ID: main.outputs.lock_id, Path: testbed.lockId });
    expect(item).toBe(isBoth ? file : undefined);
    expect(main.log).toContain(isBoth ? 'in the lock file and table ' : 'in the lock file, lock id ');
    await job.change(appliedState());
    const post = await job.post();
    expect(post).toMatchObject({ exitCode: 0, rawStderr: '', annotations: [] });
    await expectPushed(testbed, way);
    expect(await locks()).toEqual(FREE);
    expect(job.privateDirectories()).toEqual([]);
  });

  it.each(['before', 'after'] as const)(
    'is killed at the put of the file (%s the store sees it): post leaves nothing',
    async (when) => {
      const { testbed, job, locks } = await openLocked(way);
      const held = holdAt(testbed.proxy, 'PutObject', when);
      const main = await job.startMain();
      await stopAt(held, main, 'SIGKILL', when === 'before' ? 'hang' : 'pass');
      expect((await job.post()).exitCode).toBe(0);
      expect(await locks()).toEqual(FREE);
      expect(await testbed.object()).toBe(stateText());
    },
  );
});

describeInProcess('use_lockfile', () => {
  describe.for(WAYS)('a job that locks with use_lockfile (%s)', (way) => {
    it('frees the lock when there is nothing to push', async () => {
      const { testbed, job, locks } = await openLocked(way);
      await job.main();
      expect(await job.post()).toMatchObject({ exitCode: 0, annotations: [] });
      expect(await locks()).toEqual(FREE);
      expect(await testbed.object()).toBe(stateText());
    });

    it('fails while somebody has the file, names them, and leaves it', async () => {
      const { testbed, job, putFile, locks } = await openLocked(way);
      await putFile(THEIRS);
      const main = await job.main();
      expect(main.outputs.reason_code).toBe('lock_held');
      expect(findErrors(main)).toContain('alice@laptop');
      expect(findErrors(main)).toContain('force-unlock theirs-1');
      expect(testbed.calls()).not.toContain('s3 PutObject');
      expect((await job.post()).exitCode).toBe(0);
      expect(await locks()).toEqual([THEIRS, undefined]);
    });

    it('waits with lock_timeout, and takes the file when it is deleted', async () => {
      const { job, putFile, dropFile, locks } = await openLocked(way, {}, { lock_timeout: '1m' });
      await putFile(THEIRS);
      const main = await job.startMain();
      await main.waitForLine(/^Locked by alice@laptop/);
      await dropFile();
      const { exitCode, outputs } = await main.done;
      expect(exitCode).toBe(0);
      expect((await locks())[0]).toContain(outputs.lock_id);
      await job.post();
      expect(await locks()).toEqual(FREE);
    });

    it('pushes nothing when somebody else has its file by now, and leaves that file', async () => {
      const { testbed, job, putFile, locks } = await openLocked(way);
      await job.main();
      await job.change(appliedState());
      await putFile(THEIRS);
      const post = await job.post();
      expect(post.exitCode).toBe(1);
      expect(findErrors(post)).toContain('This job lost the lock of');
      expect(findErrors(post)).toContain('alice@laptop');
      expect(await testbed.object()).toBe(stateText());
      expect(await locks()).toEqual([THEIRS, undefined]);
    });

    it('says that the store has no conditional writes, and takes nothing', async () => {
      const { testbed, job, locks } = await openLocked(way);
      decide(testbed.proxy, { PutObject: s3Error(501, 'NotImplemented', 'not here') });
      const main = await job.main();
      expect(main.outputs.reason_code).toBe('no_conditional_writes');
      expect(findErrors(main)).toContain('set dynamodb_table and remove use_lockfile');
      expect((await job.post()).exitCode).toBe(0);
      expect(await locks()).toEqual(FREE);
    });

    it('refuses a store that ignores the condition, and takes nothing', async () => {
      const { testbed, job, putFile, locks } = await openLocked(way);
      testbed.proxy.onRequest(async ({ operation, body }) => {
        if (operation !== 'PutObject') return 'pass';
        await putFile(body.toString());
        return { status: 200 };
      });
      const main = await job.main();
      expect(main.outputs.reason_code).toBe('no_conditional_writes');
      expect(findErrors(main)).toContain('ignores conditional writes');
      expect(await locks()).toEqual(FREE);
      expect((await job.post()).exitCode).toBe(0);
    });

    it("pushes the state and fails with the command to free the file when it can't be freed", async () => {
      const { testbed, job, locks } = await openLocked(way);
      const main = await job.main();
      await job.change(appliedState());
      const [file] = await locks();
      decide(testbed.proxy, { DeleteObject: deniedByS3('DeleteObject') });
      const post = await job.post();
      expect(post.exitCode).toBe(1);
      expect(findErrors(post)).toContain('could not be released');
      expect(findErrors(post)).toContain(`force-unlock ${main.outputs.lock_id}`);
      await expectPushed(testbed, way);
      expect(await locks()).toEqual([file, undefined]);
    });

    it('encrypts state and lock file with a customer key, which is stored nowhere', async () => {
      const inputs = { encrypt: 'true', sse_customer_key: CUSTOMER_KEY };
      const { testbed, job, locks } = await openLocked(way, {}, inputs);
      const main = await job.main();
      expect(await toText(main.outputs.state_path)).toBe(stateText());
      await job.change(appliedState());
      const post = await job.post();
      expect(post).toMatchObject({ exitCode: 0, annotations: [] });
      const objects = testbed.proxy.requests.filter(
        ({ service, method }) => service === 's3' && method !== 'DELETE',
      );
      expect(objects.length).toBeGreaterThan(5);
      for (const { headers } of objects) {
        expect(headers['x-amz-server-side-encryption-customer-key']).toBe(CUSTOMER_KEY);
      }
      expect(post.masks).toContain(CUSTOMER_KEY);
      for (const stage of [main, post]) assertNoSecret(stage, [CUSTOMER_KEY]);
      expect(await locks()).toEqual(FREE);
    });
  });
});

describePackaged('a job that locks with both', () => {
  it.each([
    ['that never arrives', 'before', 'hang'],
    ['that arrives late', 'before', 'pass'],
    ['that arrived', 'after', 'pass'],
  ] as const)('is killed at the put of the item %s: post frees both', async (_, when, fate) => {
    const { testbed, job, locks } = await openLocked('both');
    const held = holdAt(testbed.proxy, 'PutItem', when);
    const main = await job.startMain();
    await reachedBy(main, held);
    main.signal('SIGKILL');
    await main.done;
    expect((await locks())[0]).toBeDefined();
    const arrived = new Promise<void>((resolve) => {
      if (when === 'after' || fate === 'hang') resolve();
      else testbed.proxy.afterResponse(({ operation }) => void (operation === 'PutItem' && resolve()));
    });
    held.releaseLock(fate);
    await arrived;
    expect((await job.post()).exitCode).toBe(0);
    expect(await locks()).toEqual(FREE);
  });

  it('is cancelled between file and item: no lock stays', async () => {
    const { testbed, job, locks } = await openLocked('both');
    const held = holdAt(testbed.proxy, 'PutItem', 'before');
    const main = await job.startMain();
    await stopAt(held, main, 'cancel', 'hang');
    expect(await locks()).toEqual(FREE);
    expect((await job.post()).exitCode).toBe(0);
  });
});

describeInProcess('a job that locks with both', () => {
  it('releases the file when somebody has the item', async () => {
    const { testbed, job, locks } = await openLocked('both');
    await testbed.putLock(THEIRS);
    const main = await job.main();
    expect(main.outputs.reason_code).toBe('lock_held');
    expect(findErrors(main)).toContain('alice@laptop');
    expect(await locks()).toEqual([undefined, THEIRS]);
    expect((await job.post()).log).toContain('Nothing to do');
  });

  it('says that its file stayed, with its id and what removes it', async () => {
    const { testbed, job, locks } = await openLocked('both');
    await testbed.putLock(THEIRS);
    decide(testbed.proxy, { DeleteObject: deniedByS3('DeleteObject') });
    const main = await job.main();
    expect(main.outputs.reason_code).toBe('rollback_failed');
    const [file] = await locks();
    expect(findErrors(main)).toContain(JSON.parse(file ?? '').ID);
    expect(findErrors(main)).toContain('aws s3 rm ');
    testbed.proxy.reset();
    await job.post();
    expect(await locks()).toEqual([undefined, THEIRS]);
  });

  it('releases the file when the table is refused', async () => {
    const { testbed, job, locks } = await openLocked('both');
    decide(testbed.proxy, { PutItem: deniedByDynamodb('PutItem') });
    expect((await job.main()).outputs.reason_code).toBe('access_denied');
    expect(await locks()).toEqual(FREE);
  });
});
