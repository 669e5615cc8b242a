import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { describeInProcess, describePackaged, findErrors, openTestbed } from './support.ts';
import { beforeDelete, lockedTestbed, lockInfo, unlock } from './unlock-step.ts';

describePackaged('unlock by force', () => {
  it('frees a lock that can be read, and says whose it was', async () => {
    const testbed = await lockedTestbed(lockInfo());
    const done = await unlock(testbed, { force: 'true' });
    expect(done).toMatchObject({ exitCode: 0, outputs: { released: 'true' } });
    expect(done.log).toMatch(/ID: +eaa41826[\s\S]*The lock .* was freed. It was held by alice@laptop/);
    expect(await testbed.lock()).toBeUndefined();
  });
});

describeInProcess('unlock by force', () => {
  it.each(['', 'no JSON', '::error::gotcha ##[error]x'])(
    'prints an item with the Info %j escaped, then frees it',
    async (info) => {
      const testbed = await lockedTestbed(info);
      const done = await unlock(testbed, { force: 'true' });
      expect(done).toMatchObject({ exitCode: 0, outputs: { released: 'true', reason_code: 'released' } });
      expect(done.log).toContain(`{"LockID":{"S":"${testbed.lockId}"},"Info":{"S":`);
      expect(findErrors(done)).toBe('');
      expect(await testbed.lock()).toBeUndefined();
    },
  );

  it.each([undefined, { N: '7' }, { B: Buffer.from('info') }, { M: { ID: { S: 'x' } } }])(
    'frees an item whose Info is %j, on condition that it is unchanged',
    async (Info) => {
      const testbed = await openTestbed();
      const put = (attributes: object) => {
        const Item = { LockID: { S: testbed.lockId }, ...attributes };
        return testbed.clients.dynamodb.send(new PutItemCommand({ TableName: testbed.fixture.table, Item }));
      };
      await put({ ...(Info && { Info }), Note: { S: 'kept' } });
      beforeDelete(testbed, () => testbed.putLock(lockInfo()));
      const lost = await unlock(testbed, { force: 'true' });
      expect(lost).toMatchObject({ exitCode: 1, outputs: { reason_code: 'lock_lost' } });
      expect(lost.log).toContain('"Note":{"S":"kept"}');
      expect(await testbed.lock()).toBeDefined();
      await put({ ...(Info && { Info }) });
      testbed.proxy.reset();
      const done = await unlock(testbed, { force: 'true' });
      expect(done).toMatchObject({ exitCode: 0, outputs: { reason_code: 'released' } });
      expect(JSON.parse(done.outputs.holder ?? '').raw).toContain(testbed.lockId);
      expect((await unlock(testbed, { force: 'true' })).outputs.reason_code).toBe('no_lock');
    },
  );
});
