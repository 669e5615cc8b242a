import { expect, it } from 'vitest';
import { putItem, putObject } from '../support/aws.ts';
import { decide, deniedByDynamodb } from './faults.ts';
import { stateText } from './states.ts';
import { describeInProcess, describePackaged, findErrors, md5, openTestbed } from './support.ts';
import {
  beforeDelete,
  findNotices,
  HELD_BY_RUN,
  ID,
  lockedTestbed,
  lockInfo,
  RUN,
  unlock,
} from './unlock-step.ts';

describePackaged('unlock', () => {
  it('succeeds without a lock, and says so', async () => {
    const testbed = await openTestbed();
    for (const inputs of [{ lock_id: 'x' }, { force: 'true' }, { only_if_stale: 'true' }]) {
      const done = await unlock(testbed, inputs);
      expect(done).toMatchObject({
        exitCode: 0,
        outputs: { found: 'false', released: 'false', holder: 'null', reason_code: 'no_lock' },
      });
      expect(findNotices(done)).toEqual([`There is no lock of ${testbed.lockId}: nothing to free.`]);
    }
    expect(new Set(testbed.calls())).toEqual(new Set(['dynamodb GetItem']));
  });
});

describeInProcess('unlock', () => {
  it('refuses undecided inputs, and touches nothing', async () => {
    const testbed = await lockedTestbed(lockInfo());
    const done = await unlock(testbed, { lock_id: ID, force: 'true' });
    expect(done).toMatchObject({ exitCode: 1, outputs: { reason_code: 'invalid_input' } });
    expect(JSON.parse(done.outputs.result ?? '')).toEqual({
      schema_version: 1,
      reason_code: 'invalid_input',
      ok: false,
      inputs: ['lock_id'],
    });
    expect(findErrors(done)).toContain('here are lock_id, force');
    expect(testbed.calls()).toEqual([]);
  });

  it('says what AWS refused, and sets its reason', async () => {
    const testbed = await lockedTestbed(lockInfo());
    decide(testbed.proxy, { DeleteItem: deniedByDynamodb('DeleteItem') });
    const done = await unlock(testbed, { lock_id: ID });
    expect(done).toMatchObject({ exitCode: 1, outputs: { reason_code: 'access_denied' } });
    expect(done.outputs).not.toHaveProperty('released');
    expect(findErrors(done)).toContain('dynamodb:DeleteItem');
    expect(await testbed.lock()).toBeDefined();
  });
});

describeInProcess('unlock of a state whose digest is missing', () => {
  it.each([
    ['that its writer had announced', md5(stateText()), md5(stateText())],
    ["that only the object's metadata support", undefined, md5('before')],
    ['over an object other than the announced one', md5('another'), md5('before')],
  ])('repairs a digest %s, or leaves it', async (_, NextDigest, digest) => {
    const testbed = await lockedTestbed(HELD_BY_RUN);
    const { clients, fixture, objectKey, lockId } = testbed;
    await putObject(clients, fixture.bucket, objectKey, stateText());
    const item = { Digest: md5('before'), ...(NextDigest === undefined ? {} : { NextDigest }) };
    await putItem(clients, fixture.table, `${lockId}-md5`, item);
    const done = await unlock(testbed, { lock_id: ID });
    expect(done).toMatchObject({ exitCode: 0, outputs: { reason_code: 'released' } });
    expect(await testbed.digest()).toBe(digest);
    const isRepaired = digest === md5(stateText());
    expect(findNotices(done).some((notice) => notice.startsWith('Repaired the digest'))).toBe(isRepaired);
  });
});

describePackaged('unlock by lock_id', () => {
  it('frees the lock with that id, checks for a missing digest, and says whose lock it was', async () => {
    const testbed = await lockedTestbed(HELD_BY_RUN);
    const done = await unlock(testbed, { lock_id: ID });
    expect(done).toMatchObject({
      exitCode: 0,
      outputs: { found: 'true', released: 'true', reason_code: 'released' },
    });
    expect(JSON.parse(done.outputs.holder ?? '')).toMatchObject({
      id: ID,
      who: 'alice@laptop',
      operation: 'OperationTypeApply',
      run_url: RUN,
    });
    expect(JSON.parse(done.outputs.result ?? '')).toMatchObject({
      schema_version: 1,
      ok: true,
      reason_code: 'released',
      found: true,
      released: true,
    });
    const words = `The lock of ${testbed.lockId} in table ${testbed.fixture.table} was freed. It was held by alice@laptop`;
    expect(findNotices(done)[0]).toContain(words);
    expect(done.summary).toContain('### 🔓 Terraform lock: freed');
    expect(await testbed.lock()).toBeUndefined();
    expect(testbed.calls()).toEqual(['dynamodb GetItem', 'dynamodb DeleteItem', 'dynamodb GetItem']);
  });
});

describeInProcess('unlock by lock_id', () => {
  it('fails for another id: shows every field and deletes nothing', async () => {
    const info = lockInfo('::set-output name=released::true');
    const testbed = await lockedTestbed(info);
    const done = await unlock(testbed, { lock_id: 'another' });
    expect(done).toMatchObject({
      exitCode: 1,
      outputs: { found: 'true', released: 'false', reason_code: 'lock_id_differs' },
    });
    const { Created: created, ...fields } = JSON.parse(info);
    expect(findErrors(done)).toContain(`Created:   ${created.slice(0, 19)}Z (1d ago)`);
    for (const [name, value] of Object.entries(fields)) {
      expect(findErrors(done)).toContain(`${name}:`);
      expect(findErrors(done)).toContain(String(value));
    }
    expect(done.log.split('Created: '), 'the log says it once').toHaveLength(2);
    expect(await testbed.lock()).toBe(info);
    expect(testbed.calls()).toEqual(['dynamodb GetItem']);
  });

  it.each(['', 'by hand', '{"ID":"eaa41826-e2ca-bf32-14f3-1feeea8a0f1a","Created":"soon"}'])(
    'fails for an item with the Info %j, whatever the id, and says how to free it',
    async (info) => {
      const testbed = await lockedTestbed(info);
      const done = await unlock(testbed, { lock_id: ID });
      expect(done).toMatchObject({ exitCode: 1, outputs: { reason_code: 'holder_unreadable' } });
      expect(JSON.parse(done.outputs.holder ?? '')).toEqual({ raw: info });
      expect(findErrors(done)).toContain('free it with force: true');
      expect(await testbed.lock()).toBe(info);
    },
  );

  it("leaves a successor's lock alone, and fails", async () => {
    const testbed = await lockedTestbed(lockInfo());
    const theirs = lockInfo('', 'successor');
    beforeDelete(testbed, () => testbed.putLock(theirs));
    const done = await unlock(testbed, { lock_id: ID });
    expect(done).toMatchObject({
      exitCode: 1,
      outputs: { found: 'true', released: 'false', reason_code: 'lock_lost' },
    });
    expect(findErrors(done)).toContain('changed hands');
    expect(findErrors(done)).toContain('successor');
    expect(await testbed.lock()).toBe(theirs);
  });

  it('succeeds when somebody else frees it at the same time', async () => {
    const testbed = await lockedTestbed(lockInfo());
    beforeDelete(testbed, () => testbed.freeLock());
    expect(await unlock(testbed, { lock_id: ID })).toMatchObject({
      exitCode: 0,
      outputs: { found: 'true', released: 'false', reason_code: 'no_lock' },
    });
  });
});
