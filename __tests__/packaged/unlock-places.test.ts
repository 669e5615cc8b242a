import { describe, expect, it } from 'vitest';
import { decide, deniedByDynamodb, deniedByS3 } from './faults.ts';
import { describePackaged, errorsOf, openPlace, type Place, warningsOf } from './support.ts';
import {
  beforeDelete,
  ID,
  IN_BOTH,
  IN_FILE,
  lockFileOf,
  lockInfo,
  noticesOf,
  putLockFile,
  unlock,
} from './unlock-step.ts';

const INFO = lockInfo();
const OTHERS = lockInfo('', 'another');

/** A place with a lock file and, if given, a lock item. */
async function placeWith(file: string, item?: string): Promise<Place> {
  const place = await openPlace();
  await putLockFile(place, file);
  if (item !== undefined) await place.putLock(item);
  return place;
}

const resultOf = ({ outputs }: { outputs: Record<string, string> }) => JSON.parse(outputs.result ?? '');

describePackaged('unlock with use_lockfile alone', () => {
  it('frees the lock file with that id, looked at once more right before, and asks no table', async () => {
    const place = await placeWith(INFO);
    const done = await unlock(place, { ...IN_FILE, lock_id: ID });
    expect(done).toMatchObject({ exitCode: 0, outputs: { released: 'true', reason_code: 'released' } });
    expect(resultOf(done).locks).toMatchObject([{ place: 'file', reason_code: 'released' }]);
    expect(noticesOf(done)[0]).toContain(`in the lock file s3://${place.lockId}.tflock is freed`);
    expect(await lockFileOf(place)).toBeUndefined();
    expect(place.calls()).toEqual(['s3 GetObject', 's3 GetObject', 's3 DeleteObject']);
  });

  it('leaves the lock file of a successor alone, and is red', async () => {
    const place = await placeWith(INFO);
    beforeDelete(place, () => putLockFile(place, OTHERS), 'DeleteObject');
    const done = await unlock(place, { ...IN_FILE, lock_id: ID });
    expect(done).toMatchObject({ exitCode: 1, outputs: { reason_code: 'lock_lost', released: 'false' } });
    expect(errorsOf(done)).toMatch(/changed hands[\s\S]*ID: +another/);
    expect(await lockFileOf(place)).toBe(OTHERS);
  });

  it.each(['', INFO.slice(0, 40), 'x'.repeat(100_000)])(
    'force frees a lock file that is empty or half written, shown first',
    async (text) => {
      const place = await placeWith(text);
      const named = await unlock(place, { ...IN_FILE, lock_id: ID });
      expect(named).toMatchObject({ exitCode: 1, outputs: { reason_code: 'holder_unreadable' } });
      expect(await lockFileOf(place)).toBe(text);
      const done = await unlock(place, { ...IN_FILE, force: 'true' });
      expect(done).toMatchObject({ exitCode: 0, outputs: { reason_code: 'released' } });
      expect(done.log).toContain(`In place of its info it has\n  ${text.slice(0, 40) || '(nothing)'}`);
      expect(done.log.length).toBeLessThan(10_000);
      expect(await lockFileOf(place)).toBeUndefined();
    },
  );
});

describePackaged('unlock with both places', () => {
  it('shows the lock in each place, frees both in the order of Terraform, and tells it once', async () => {
    const place = await placeWith(INFO, INFO);
    const done = await unlock(place, { ...IN_BOTH, lock_id: ID });
    expect(done).toMatchObject({ exitCode: 0, outputs: { found: 'true', released: 'true' } });
    const file = `the lock file s3://${place.lockId}.tflock`;
    const table = `table ${place.fixture.table}`;
    for (const where of [file, table]) expect(done.log).toContain(`in ${where} is held by\n  ID: `);
    expect(noticesOf(done)).toEqual([expect.stringContaining(`in ${file} and ${table} is freed`)]);
    expect(resultOf(done).locks).toMatchObject([
      { place: 'file', where: file, reason_code: 'released', holder: { id: ID } },
      { place: 'item', where: table, reason_code: 'released', holder: { id: ID } },
    ]);
    expect(done.summary).toContain(`<th align="left">${table}</th><td>freed; held by <code>alice@laptop`);
    const deletes = place.calls().filter((call) => call.includes('Delete'));
    expect(deletes).toEqual(['s3 DeleteObject', 'dynamodb DeleteItem']);
    expect([await lockFileOf(place), await place.lock()]).toEqual([undefined, undefined]);
  });

  it('frees the one with that id, and warns of the other', async () => {
    const place = await placeWith(OTHERS, INFO);
    const done = await unlock(place, { ...IN_BOTH, lock_id: ID });
    expect(done).toMatchObject({ exitCode: 0, outputs: { released: 'true', reason_code: 'released' } });
    expect(warningsOf(done)).toMatch(/lock file .* does not have the id .* and stays[\s\S]*another/);
    expect(resultOf(done).locks.map(({ reason_code: code }: { reason_code: string }) => code)).toEqual([
      'lock_id_differs',
      'released',
    ]);
    expect(resultOf(done).holder).toMatchObject({ id: ID });
    expect([await lockFileOf(place), await place.lock()]).toEqual([OTHERS, undefined]);
  });

  it('is red when neither has that id', async () => {
    const place = await placeWith(OTHERS, 'no JSON');
    const done = await unlock(place, { ...IN_BOTH, lock_id: ID });
    expect(done).toMatchObject({ exitCode: 1, outputs: { reason_code: 'lock_id_differs' } });
    expect(errorsOf(done)).toContain('free it with force: true');
    expect([await lockFileOf(place), await place.lock()]).toEqual([OTHERS, 'no JSON']);
  });

  it('force frees whatever is in both', async () => {
    const place = await placeWith('{"ID":"ea', INFO);
    const done = await unlock(place, { ...IN_BOTH, force: 'true' });
    expect(done).toMatchObject({ exitCode: 0, outputs: { reason_code: 'released' } });
    expect([await lockFileOf(place), await place.lock()]).toEqual([undefined, undefined]);
  });

  it('finds the lock of somebody who locks in one place only', async () => {
    const place = await placeWith(INFO);
    const done = await unlock(place, { ...IN_BOTH, lock_id: ID });
    expect(resultOf(done).locks).toMatchObject([{ place: 'file', reason_code: 'released' }]);
    expect(await lockFileOf(place)).toBeUndefined();
  });

  describe('one freed, the other not: is red, and names what is left and the way to free it', () => {
    it.each([
      ['DeleteItem', deniedByDynamodb('DeleteItem'), 'dynamodb:DeleteItem', 'aws dynamodb delete-item'],
      ['DeleteObject', deniedByS3('DeleteObject'), 's3:DeleteObject', 'held=$(aws s3 cp'],
    ])('without permission for %s', async (operation, answer, permission, command) => {
      const place = await placeWith(INFO, INFO);
      decide(place.proxy, { [operation]: answer });
      const done = await unlock(place, { ...IN_BOTH, lock_id: ID });
      expect(done).toMatchObject({
        exitCode: 1,
        outputs: { found: 'true', released: 'true', reason_code: 'access_denied' },
      });
      expect(errorsOf(done)).toContain('could not be freed. Its holder:');
      expect(errorsOf(done)).toContain(permission);
      expect(errorsOf(done)).toContain(`free it with\n  ${command}`);
      const left = [await lockFileOf(place), await place.lock()].filter((lock) => lock !== undefined);
      expect(left).toEqual([INFO]);
      expect(resultOf(done).locks).toContainEqual(expect.objectContaining({ reason_code: 'access_denied' }));
    });
  });

  it.each([
    ['GetItem', deniedByDynamodb('GetItem'), 'dynamodb:GetItem'],
    ['GetObject', deniedByS3('GetObject'), 's3:GetObject'],
  ])(
    'frees nothing that it can not see: without permission for %s',
    async (operation, answer, permission) => {
      const place = await placeWith(INFO, INFO);
      decide(place.proxy, { [operation]: answer });
      const done = await unlock(place, { ...IN_BOTH, force: 'true' });
      expect(done).toMatchObject({ exitCode: 1, outputs: { reason_code: 'access_denied' } });
      expect(errorsOf(done)).toContain(permission);
      expect([await lockFileOf(place), await place.lock()]).toEqual([INFO, INFO]);
    },
  );
});
