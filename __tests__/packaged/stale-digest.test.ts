import { expect, it } from 'vitest';
import { checkpointerStuckAt, killCheckpointer, stateAfter } from './checkpointed-job.ts';
import { doomedJob, loseRunner } from './dead-job.ts';
import { describePackaged, md5 } from './support.ts';
import { findNotices } from './unlock-step.ts';

describePackaged('the digest of a state whose writer died before writing it', () => {
  it.each([
    ['and the job continues', {}, { digest: md5(stateAfter(1)), serial: '8' }],
    ["before the job's own Terraform reads the state", { pull: 'false' }, { reason_code: 'locked' }],
  ])('is repaired under the lock that was taken over, %s', async (_, inputs, outputs) => {
    const doomed = await doomedJob();
    const { testbed } = doomed;
    const held = await checkpointerStuckAt(doomed, 'TransactWriteItems', 'before');
    await killCheckpointer(doomed);
    held.releaseLock('reset-before');
    await loseRunner({ ...doomed, checkpointer: 0 });
    expect(await testbed.object()).toBe(stateAfter(1));
    expect(await testbed.digest()).not.toBe(md5(stateAfter(1)));

    const main = await (await doomed.breaker(inputs)).main();
    expect(main).toMatchObject({ exitCode: 0, outputs });
    expect(await testbed.digest()).toBe(md5(stateAfter(1)));
    expect(findNotices(main).join('\n')).toMatch(/Repaired the digest of s3:.*\n.*mona in https:.*runs\/77/);
  });
});
