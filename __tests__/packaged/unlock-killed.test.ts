import { expect, it } from 'vitest';
import { holdAt, reachedBy, stopAt } from './faults.ts';
import { describePackaged, findErrors, openTestbed } from './support.ts';
import {
  ID,
  IN_BOTH,
  lockedTestbed,
  lockInfo,
  putLockFile,
  readLockFile,
  startUnlock,
  unlock,
} from './unlock-step.ts';

describePackaged('an unlock that ends early', () => {
  const calls = ['GetObject', 'GetItem', 'DeleteObject', 'DeleteItem'];
  const moments = calls.flatMap((call) => [[call, 'before'] as const, [call, 'after'] as const]);

  it.each(moments)(
    'killed at %s, %s the server got it: the next unlock frees what is left',
    async (call, when) => {
      const testbed = await openTestbed();
      await Promise.all([putLockFile(testbed, lockInfo()), testbed.putLock(lockInfo())]);
      const held = holdAt(testbed.proxy, call, when);
      const stage = await startUnlock(testbed, { ...IN_BOTH, lock_id: ID });
      await reachedBy(stage, held);
      stage.signal('SIGKILL');
      expect((await stage.done).signal).toBe('SIGKILL');
      // A request that was under way when its sender died is lost with it.
      held.releaseLock(when === 'before' ? 'reset-before' : 'pass');
      testbed.proxy.reset();
      expect((await unlock(testbed, { ...IN_BOTH, lock_id: ID })).exitCode).toBe(0);
      expect([await readLockFile(testbed), await testbed.lock()]).toEqual([undefined, undefined]);
    },
  );

  it('cancelled in a hanging call: fails immediately and says what may be left', async () => {
    const testbed = await lockedTestbed(lockInfo());
    const held = holdAt(testbed.proxy, 'DeleteItem', 'before');
    const stage = await startUnlock(testbed, { lock_id: ID });
    const done = await stopAt(held, stage, 'SIGINT', 'reset-before');
    expect(done).toMatchObject({ exitCode: 1, outputs: { found: 'true', reason_code: 'cancelled' } });
    expect(done.outputs).not.toHaveProperty('released');
    expect(findErrors(done)).toContain('the job was cancelled or timed out before the answer came');
    expect(findErrors(done)).toContain('If it is still there, free it with\n  aws dynamodb delete-item');
  });
});
