import { describe, expect, it } from 'vitest';
import { decide, deniedByDynamodb, deniedByS3 } from './faults.ts';
import {
  describeInProcess,
  describePackaged,
  findErrors,
  findWarnings,
  openTestbed,
  type Testbed,
} from './support.ts';
import {
  beforeDelete,
  findNotices,
  ID,
  IN_BOTH,
  IN_FILE,
  lockInfo,
  putLockFile,
  readLockFile,
  unlock,
} from './unlock-step.ts';

const INFO = lockInfo();
const OTHERS = lockInfo('', 'another');

/** A testbed with a lock file and, if given, a lock item. */
async function testbedWith(file: string, item?: string): Promise<Testbed> {
  const testbed = await openTestbed();
  await putLockFile(testbed, file);
  if (item !== undefined) await testbed.putLock(item);
  return testbed;
}

const readResult = ({ outputs }: { outputs: Record<string, string> }) => JSON.parse(outputs.result ?? '');

describeInProcess('unlock with use_lockfile alone', () => {
  it('frees the lock file with that id, after a second read, and reads no table', async () => {
    const testbed = await testbedWith(INFO);
    const done = await unlock(testbed, { ...IN_FILE, lock_id: ID });
    expect(done).toMatchObject({ exitCode: 0, outputs: { released: 'true', reason_code: 'released' } });
    expect(readResult(done).locks).toMatchObject([{ place: 'file', reason_code: 'released' }]);
    expect(findNotices(done)[0]).toContain(`in the lock file s3://${testbed.lockId}.tflock was freed`);
    expect(await readLockFile(testbed)).toBeUndefined();
    expect(testbed.calls()).toEqual(['s3 GetObject', 's3 GetObject', 's3 DeleteObject']);
  });

  it("leaves a successor's lock file alone, and fails", async () => {
    const testbed = await testbedWith(INFO);
    beforeDelete(testbed, () => putLockFile(testbed, OTHERS), 'DeleteObject');
    const done = await unlock(testbed, { ...IN_FILE, lock_id: ID });
    expect(done).toMatchObject({ exitCode: 1, outputs: { reason_code: 'lock_lost', released: 'false' } });
    expect(findErrors(done)).toMatch(/changed hands[\s\S]*ID: +another/);
    expect(await readLockFile(testbed)).toBe(OTHERS);
  });

  it.each(['', INFO.slice(0, 40), 'x'.repeat(100_000)])(
    'force frees a lock file that is empty or half written, shown first',
    async (text) => {
      const testbed = await testbedWith(text);
      const named = await unlock(testbed, { ...IN_FILE, lock_id: ID });
      expect(named).toMatchObject({ exitCode: 1, outputs: { reason_code: 'holder_unreadable' } });
      expect(await readLockFile(testbed)).toBe(text);
      const done = await unlock(testbed, { ...IN_FILE, force: 'true' });
      expect(done).toMatchObject({ exitCode: 0, outputs: { reason_code: 'released' } });
      expect(done.log).toContain(`Instead of a lock info it contains\n  ${text.slice(0, 40) || '(nothing)'}`);
      expect(done.log.length).toBeLessThan(10_000);
      expect(await readLockFile(testbed)).toBeUndefined();
    },
  );
});

describePackaged('unlock with both stores', () => {
  it('shows the lock in each store, frees the item first and then the file, and reports it once', async () => {
    const testbed = await testbedWith(INFO, INFO);
    const done = await unlock(testbed, { ...IN_BOTH, lock_id: ID });
    expect(done).toMatchObject({ exitCode: 0, outputs: { found: 'true', released: 'true' } });
    const file = `the lock file s3://${testbed.lockId}.tflock`;
    const table = `table ${testbed.fixture.table}`;
    for (const where of [file, table]) expect(done.log).toContain(`in ${where} is held by\n  ID: `);
    expect(findNotices(done)).toEqual([expect.stringContaining(`in ${file} and ${table} was freed`)]);
    expect(readResult(done).locks).toMatchObject([
      { place: 'file', where: file, reason_code: 'released', holder: { id: ID } },
      { place: 'item', where: table, reason_code: 'released', holder: { id: ID } },
    ]);
    expect(done.summary).toContain(`<th align="left">${table}</th><td>freed; held by <code>alice@laptop`);
    const deletes = testbed.calls().filter((call) => call.includes('Delete'));
    expect(deletes).toEqual(['dynamodb DeleteItem', 's3 DeleteObject']);
    expect([await readLockFile(testbed), await testbed.lock()]).toEqual([undefined, undefined]);
  });
});

describeInProcess('unlock with both stores', () => {
  it('frees the one with that id, and warns about the other', async () => {
    const testbed = await testbedWith(OTHERS, INFO);
    const done = await unlock(testbed, { ...IN_BOTH, lock_id: ID });
    expect(done).toMatchObject({ exitCode: 0, outputs: { released: 'true', reason_code: 'released' } });
    expect(findWarnings(done)).toMatch(/lock file .* does not have the id .* and stays[\s\S]*another/);
    expect(readResult(done).locks.map(({ reason_code: code }: { reason_code: string }) => code)).toEqual([
      'lock_id_differs',
      'released',
    ]);
    expect(readResult(done).holder).toMatchObject({ id: ID });
    expect([await readLockFile(testbed), await testbed.lock()]).toEqual([OTHERS, undefined]);
  });

  it('fails when neither has that id', async () => {
    const testbed = await testbedWith(OTHERS, 'no JSON');
    const done = await unlock(testbed, { ...IN_BOTH, lock_id: ID });
    expect(done).toMatchObject({ exitCode: 1, outputs: { reason_code: 'lock_id_differs' } });
    expect(findErrors(done)).toContain('free it with force: true');
    expect([await readLockFile(testbed), await testbed.lock()]).toEqual([OTHERS, 'no JSON']);
  });

  it('force frees whatever is in both', async () => {
    const testbed = await testbedWith('{"ID":"ea', INFO);
    const done = await unlock(testbed, { ...IN_BOTH, force: 'true' });
    expect(done).toMatchObject({ exitCode: 0, outputs: { reason_code: 'released' } });
    expect([await readLockFile(testbed), await testbed.lock()]).toEqual([undefined, undefined]);
  });

  it('finds the lock of somebody who locks in one store only', async () => {
    const testbed = await testbedWith(INFO);
    const done = await unlock(testbed, { ...IN_BOTH, lock_id: ID });
    expect(readResult(done).locks).toMatchObject([{ place: 'file', reason_code: 'released' }]);
    expect(await readLockFile(testbed)).toBeUndefined();
  });

  describe('fails, and names what is left and how to free it,', () => {
    it.each([
      {
        operation: 'DeleteItem',
        answer: deniedByDynamodb('DeleteItem'),
        permission: 'dynamodb:DeleteItem',
        ways: ['terraform force-unlock', 'aws dynamodb delete-item', 'held=$(aws s3 cp'],
        left: [INFO, INFO],
      },
      {
        operation: 'DeleteObject',
        answer: deniedByS3('DeleteObject'),
        permission: 's3:DeleteObject',
        ways: ['held=$(aws s3 cp'],
        left: [INFO, undefined],
      },
    ])('without permission for $operation', async ({ operation, answer, permission, ways, left }) => {
      const testbed = await testbedWith(INFO, INFO);
      decide(testbed.proxy, { [operation]: answer });
      const done = await unlock(testbed, { ...IN_BOTH, lock_id: ID });
      expect(done).toMatchObject({ exitCode: 1, outputs: { found: 'true', reason_code: 'access_denied' } });
      expect(findErrors(done)).toMatch(
        /could not be freed\.[\s\S]*If it is still there, free it with\n[\s\S]*Its holder:/,
      );
      expect(findErrors(done)).toContain(permission);
      for (const way of ways) expect(findErrors(done)).toContain(way);
      expect([await readLockFile(testbed), await testbed.lock()]).toEqual(left);
      expect(readResult(done).locks).toContainEqual(
        expect.objectContaining({ reason_code: 'access_denied' }),
      );
    });
  });

  it.each([
    ['GetItem', deniedByDynamodb('GetItem'), 'dynamodb:GetItem'],
    ['GetObject', deniedByS3('GetObject'), 's3:GetObject'],
  ])("frees nothing that it can't see: without permission for %s", async (operation, answer, permission) => {
    const testbed = await testbedWith(INFO, INFO);
    decide(testbed.proxy, { [operation]: answer });
    const done = await unlock(testbed, { ...IN_BOTH, force: 'true' });
    expect(done).toMatchObject({ exitCode: 1, outputs: { reason_code: 'access_denied' } });
    expect(findErrors(done)).toContain(permission);
    expect([await readLockFile(testbed), await testbed.lock()]).toEqual([INFO, INFO]);
  });
});
