import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { describePackaged, errorsOf, openPlace } from './support.ts';
import { beforeDelete, lockedPlace, lockInfo, unlock } from './unlock-step.ts';

describePackaged('unlock by force', () => {
  it('frees a lock that can be read, and says whose it was', async () => {
    const place = await lockedPlace(lockInfo());
    const done = await unlock(place, { force: 'true' });
    expect(done).toMatchObject({ exitCode: 0, outputs: { released: 'true' } });
    expect(done.log).toMatch(/ID: +eaa41826[\s\S]*The lock .* is freed. It was held by alice@laptop/);
    expect(await place.lock()).toBeUndefined();
  });

  it.each(['', 'no JSON', '::error::gotcha ##[error]x'])(
    'frees an item with the Info %j, printed first, neutralised',
    async (info) => {
      const place = await lockedPlace(info);
      const done = await unlock(place, { force: 'true' });
      expect(done).toMatchObject({ exitCode: 0, outputs: { released: 'true', reason_code: 'released' } });
      expect(done.log).toContain(`{"LockID":{"S":"${place.lockId}"},"Info":{"S":`);
      expect(errorsOf(done)).toBe('');
      expect(await place.lock()).toBeUndefined();
    },
  );

  it.each([undefined, { N: '7' }, { B: Buffer.from('info') }, { M: { ID: { S: 'x' } } }])(
    'frees an item whose Info is %j, on the condition that it still is',
    async (Info) => {
      const place = await openPlace();
      const put = (attributes: object) => {
        const Item = { LockID: { S: place.lockId }, ...attributes };
        return place.clients.dynamodb.send(new PutItemCommand({ TableName: place.fixture.table, Item }));
      };
      await put({ ...(Info && { Info }), Note: { S: 'kept' } });
      beforeDelete(place, () => place.putLock(lockInfo()));
      const lost = await unlock(place, { force: 'true' });
      expect(lost).toMatchObject({ exitCode: 1, outputs: { reason_code: 'lock_lost' } });
      expect(lost.log).toContain('"Note":{"S":"kept"}');
      expect(await place.lock()).toBeDefined();
      await put({ ...(Info && { Info }) });
      place.proxy.reset();
      const done = await unlock(place, { force: 'true' });
      expect(done).toMatchObject({ exitCode: 0, outputs: { reason_code: 'released' } });
      expect(JSON.parse(done.outputs.holder ?? '').raw).toContain(place.lockId);
      expect((await unlock(place, { force: 'true' })).outputs.reason_code).toBe('no_lock');
    },
  );
});
