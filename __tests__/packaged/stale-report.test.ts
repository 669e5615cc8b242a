import { expect, it } from 'vitest';
import { doomedJob, loseRunner, readHolderId, readResult } from './dead-job.ts';
import { describePackaged, findErrors } from './support.ts';

const MINUTE = 60_000;

describePackaged('stale_lock: report', () => {
  const report = { stale_lock: 'report' };

  it('says that the lock is stale and how to free it, and takes nothing over', async () => {
    const doomed = await doomedJob({}, { checkpoint_interval: '0s' });
    await loseRunner(doomed, 17 * MINUTE);
    const main = await (await doomed.breaker(report)).main();
    expect(main).toMatchObject({ exitCode: 1, outputs: { reason_code: 'lock_held' } });
    expect(findErrors(main)).toContain(
      'It is provably stale: its run has ended (its job 17m ago). Take it over with stale_lock: break, or free it with',
    );
    expect(findErrors(main)).toContain(`terraform force-unlock ${doomed.lockId}`);
    expect(readResult(main).holder).toMatchObject({ stale: true, why: expect.stringContaining('17m ago') });
    expect(await readHolderId(doomed.testbed)).toBe(doomed.lockId);
    expect(doomed.github.requests.length).toBe(2);
  });

  it('does not watch a heartbeat and says what would; a heartbeat that stood still during the wait is proof', async () => {
    const doomed = await doomedJob();
    await loseRunner(doomed);
    const atOnce = await (await doomed.breaker(report)).main();
    expect(findErrors(atOnce)).toMatch(
      /It is not provably stale: its run has ended.*watched for the full 3s \(stale_lock: break and/,
    );
    expect(readResult(atOnce).holder.stale).toBeNull();
    const waiter = await (await doomed.breaker({ ...report, lock_timeout: '5s' })).main();
    expect(waiter.outputs.reason_code).toBe('lock_timeout');
    expect(readResult(waiter).holder.stale).toBe(true);
  });

  it('reports a running run, names the permission when refused, and makes no call without a token', async () => {
    const doomed = await doomedJob({}, { checkpoint_interval: '0s' });
    const running = await (await doomed.breaker(report)).main();
    expect(findErrors(running)).toContain('It is not provably stale: its run is still in progress.');
    expect(readResult(running).holder.stale).toBe(false);

    const failure = { status: 403, message: 'Resource not accessible by integration' };
    doomed.setRun({ status: 'completed', jobs: [], failure });
    const refused = await (await doomed.breaker(report)).main();
    expect(findErrors(refused)).toMatch(/not provably stale: .*403: Resource not.*needs actions: read/);
    expect(readResult(refused).holder.stale).toBeNull();

    doomed.github.requests.length = 0;
    const without = await (await doomed.breaker({ ...report, github_token: '' })).main();
    expect(findErrors(without)).not.toContain('stale');
    expect(readResult(without).holder.stale).toBeNull();
    expect(doomed.github.requests).toEqual([]);
  });
});
