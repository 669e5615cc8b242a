import { expect, it } from 'vitest';
import { putItem, putObject } from '../support/aws.ts';
import { decide, deniedByDynamodb } from './faults.ts';
import { stateText } from './states.ts';
import { describePackaged, errorsOf, md5, openPlace } from './support.ts';
import {
  beforeDelete,
  HELD_BY_RUN,
  ID,
  lockedPlace,
  lockInfo,
  noticesOf,
  RUN,
  unlock,
} from './unlock-step.ts';

describePackaged('unlock', () => {
  it('succeeds without a lock, and says so', async () => {
    const place = await openPlace();
    for (const inputs of [{ lock_id: 'x' }, { force: 'true' }, { only_if_stale: 'true' }]) {
      const done = await unlock(place, inputs);
      expect(done).toMatchObject({
        exitCode: 0,
        outputs: { found: 'false', released: 'false', holder: 'null', reason_code: 'no_lock' },
      });
      expect(noticesOf(done)).toEqual([`There is no lock of ${place.lockId}: nothing to free.`]);
    }
    expect(new Set(place.calls())).toEqual(new Set(['dynamodb GetItem']));
  });

  it('refuses inputs that do not decide, and touches nothing', async () => {
    const place = await lockedPlace(lockInfo());
    const done = await unlock(place, { lock_id: ID, force: 'true' });
    expect(done).toMatchObject({ exitCode: 1, outputs: { reason_code: 'invalid_input' } });
    expect(JSON.parse(done.outputs.result ?? '')).toEqual({
      schema_version: 1,
      reason_code: 'invalid_input',
      ok: false,
      inputs: ['lock_id'],
    });
    expect(errorsOf(done)).toContain('here are lock_id, force');
    expect(place.calls()).toEqual([]);
  });

  it('says what AWS refused, and sets its reason', async () => {
    const place = await lockedPlace(lockInfo());
    decide(place.proxy, { DeleteItem: deniedByDynamodb('DeleteItem') });
    const done = await unlock(place, { lock_id: ID });
    expect(done).toMatchObject({ exitCode: 1, outputs: { reason_code: 'access_denied' } });
    expect(done.outputs).not.toHaveProperty('released');
    expect(errorsOf(done)).toContain('dynamodb:DeleteItem');
    expect(await place.lock()).toBeDefined();
  });
});

describePackaged('unlock of a state whose digest is missing', () => {
  it.each([
    ['that its writer had announced', md5(stateText()), md5(stateText())],
    ['that only the metadata of the object speak for', undefined, md5('before')],
    ['over an object that is not the one announced', md5('another'), md5('before')],
  ])('repairs a digest %s, or leaves it', async (_, NextDigest, digest) => {
    const place = await lockedPlace(HELD_BY_RUN);
    const { clients, fixture, objectKey, lockId } = place;
    await putObject(clients, fixture.bucket, objectKey, stateText());
    const item = { Digest: md5('before'), ...(NextDigest === undefined ? {} : { NextDigest }) };
    await putItem(clients, fixture.table, `${lockId}-md5`, item);
    const done = await unlock(place, { lock_id: ID });
    expect(done).toMatchObject({ exitCode: 0, outputs: { reason_code: 'released' } });
    expect(await place.digest()).toBe(digest);
    const isRepaired = digest === md5(stateText());
    expect(noticesOf(done).some((notice) => notice.startsWith('Repaired the digest'))).toBe(isRepaired);
  });
});

describePackaged('unlock by lock_id', () => {
  it('frees the lock with that id, looks whether a digest is missing, and tells whose it was', async () => {
    const place = await lockedPlace(HELD_BY_RUN);
    const done = await unlock(place, { lock_id: ID });
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
    const words = `The lock of ${place.lockId} in table ${place.fixture.table} is freed. It was held by alice@laptop`;
    expect(noticesOf(done)[0]).toContain(words);
    expect(done.summary).toContain('### 🔓 Terraform lock: freed');
    expect(await place.lock()).toBeUndefined();
    expect(place.calls()).toEqual(['dynamodb GetItem', 'dynamodb DeleteItem', 'dynamodb GetItem']);
  });

  it('is red for another id: shows every field, deletes nothing', async () => {
    const info = lockInfo('::set-output name=released::true');
    const place = await lockedPlace(info);
    const done = await unlock(place, { lock_id: 'another' });
    expect(done).toMatchObject({
      exitCode: 1,
      outputs: { found: 'true', released: 'false', reason_code: 'lock_id_differs' },
    });
    for (const [name, value] of Object.entries(JSON.parse(info))) {
      expect(errorsOf(done)).toContain(`${name}:`);
      expect(errorsOf(done)).toContain(String(value));
    }
    expect(await place.lock()).toBe(info);
    expect(place.calls()).toEqual(['dynamodb GetItem']);
  });

  it.each(['', 'by hand', '{"ID":"eaa41826-e2ca-bf32-14f3-1feeea8a0f1a","Created":"soon"}'])(
    'is red for an item with the Info %j, whatever the id, and names the way',
    async (info) => {
      const place = await lockedPlace(info);
      const done = await unlock(place, { lock_id: ID });
      expect(done).toMatchObject({ exitCode: 1, outputs: { reason_code: 'holder_unreadable' } });
      expect(JSON.parse(done.outputs.holder ?? '')).toEqual({ raw: info });
      expect(errorsOf(done)).toContain('free it with force: true');
      expect(await place.lock()).toBe(info);
    },
  );

  it('leaves a successor alone, and is red', async () => {
    const place = await lockedPlace(lockInfo());
    const theirs = lockInfo('', 'successor');
    beforeDelete(place, () => place.putLock(theirs));
    const done = await unlock(place, { lock_id: ID });
    expect(done).toMatchObject({
      exitCode: 1,
      outputs: { found: 'true', released: 'false', reason_code: 'lock_lost' },
    });
    expect(errorsOf(done)).toContain('changed hands');
    expect(errorsOf(done)).toContain('successor');
    expect(await place.lock()).toBe(theirs);
  });

  it('succeeds when somebody else freed it at the same time', async () => {
    const place = await lockedPlace(lockInfo());
    beforeDelete(place, () => place.freeLock());
    expect(await unlock(place, { lock_id: ID })).toMatchObject({
      exitCode: 0,
      outputs: { found: 'true', released: 'false', reason_code: 'no_lock' },
    });
  });
});
