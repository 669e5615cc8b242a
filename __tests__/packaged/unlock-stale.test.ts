import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lockItem } from '../../src/backend/lock/lock-table.ts';
import { endedJob, type FakeGitHub, type FakeRun, startGitHub } from '../support/github-api.ts';
import { assertNoSecret } from '../support/runner.ts';
import { decide, deniedByDynamodb } from './faults.ts';
import { describeInProcess, describePackaged, findErrors, openTestbed, type Testbed } from './support.ts';
import {
  beforeDelete,
  findNotices,
  HELD_BY_RUN,
  ID,
  IN_BOTH,
  lockedTestbed,
  lockInfo,
  putLockFile,
  readLockFile,
  unlock,
} from './unlock-step.ts';

const TOKEN = 'ghs_0000000000000000000000000000harness';
const MINUTE = 60_000;

/** A GitHub that knows the run of `HELD_BY_RUN`. */
async function gitHubWith(run: (now: number) => FakeRun): Promise<FakeGitHub> {
  const github = await startGitHub();
  onTestFinished(() => github.stop());
  github.runs.set('octo-org/website/runs/77/attempts/2', run(github.now));
  return github;
}

const stale = { only_if_stale: 'true' };
const ended = (agoMs: number) => (now: number) => ({ status: 'completed', jobs: [endedJob(now, agoMs)] });

describePackaged('unlock with only_if_stale', () => {
  it('frees the lock of a run that ended long enough ago, by the clock of GitHub', async () => {
    const testbed = await lockedTestbed(HELD_BY_RUN);
    const github = await gitHubWith(ended(15 * MINUTE));
    const done = await unlock(testbed, stale, github);
    expect(done).toMatchObject({ exitCode: 0, outputs: { released: 'true', reason_code: 'released' } });
    expect(await testbed.lock()).toBeUndefined();
    expect([...github.authorizations]).toEqual([`token ${TOKEN}`]);
    expect(done.masks).toContain(TOKEN);
    assertNoSecret(done, [TOKEN]);
  });
});

describeInProcess('unlock with only_if_stale', () => {
  it('respects stale_after', async () => {
    const github = await gitHubWith(ended(5 * MINUTE));
    const testbed = await lockedTestbed(HELD_BY_RUN);
    const later = await unlock(testbed, { ...stale, stale_after: '6m' }, github);
    expect(later.outputs.reason_code).toBe('not_stale');
    const sooner = await unlock(testbed, { ...stale, stale_after: '299s' }, github);
    expect(sooner.outputs.reason_code).toBe('released');
  });

  it('succeeds when the lock changed hands meanwhile', async () => {
    const testbed = await lockedTestbed(HELD_BY_RUN);
    const github = await gitHubWith(ended(15 * MINUTE));
    beforeDelete(testbed, () => testbed.putLock(lockInfo('', 'successor')));
    const done = await unlock(testbed, stale, github);
    expect(done).toMatchObject({ exitCode: 0, outputs: { released: 'false', reason_code: 'lock_lost' } });
    expect(await testbed.lock()).toContain('successor');
  });

  describe('a lock with a heartbeat', () => {
    it('is freed after three intervals without a beat, even if its run has just ended', async () => {
      const testbed = await openTestbed();
      const github = await gitHubWith(ended(0));
      await putBeat(testbed, 7);
      await putLockFile(testbed, HELD_BY_RUN);
      const done = await unlock(testbed, { ...stale, ...IN_BOTH }, github);
      expect(done).toMatchObject({ exitCode: 0, outputs: { released: 'true', reason_code: 'released' } });
      expect([await readLockFile(testbed), await testbed.lock()]).toEqual([undefined, undefined]);
      const looks = testbed.calls().filter((call) => call === 'dynamodb GetItem');
      expect(looks.length).toBeGreaterThan(1);
    });

    it.each([
      ['while it is watched', 'GetItem', 2, 'its holder sent a heartbeat while the action watched'],
      ['at the last moment', 'DeleteItem', 1, 'its holder has just sent a heartbeat'],
    ])('stays, in both stores, when it beats %s', async (_, operation, nth, why) => {
      const testbed = await openTestbed();
      const github = await gitHubWith(ended(60 * MINUTE));
      await putBeat(testbed, 7);
      await putLockFile(testbed, HELD_BY_RUN);
      let calls = 0;
      testbed.proxy.onRequest(async (request) => {
        calls += request.operation === operation ? 1 : 0;
        if (request.operation === operation && calls === nth) await putBeat(testbed, 8);
        return 'pass' as const;
      });
      const done = await unlock(testbed, { ...stale, ...IN_BOTH }, github);
      expect(done).toMatchObject({
        exitCode: 0,
        outputs: { released: 'false', reason_code: 'not_stale' },
      });
      expect(findNotices(done)[0]).toContain(why);
      expect([await readLockFile(testbed), await testbed.lock()]).toEqual([HELD_BY_RUN, HELD_BY_RUN]);
    });

    it('is freed by its id, even if its heartbeat moves', async () => {
      const testbed = await openTestbed();
      await putBeat(testbed, 7);
      beforeDelete(testbed, () => putBeat(testbed, 8));
      expect(await unlock(testbed, { lock_id: ID })).toMatchObject({ outputs: { released: 'true' } });
    });
  });

  it('keeps the lock file when the lock item, which has the heartbeat, could not be freed', async () => {
    const testbed = await openTestbed();
    const github = await gitHubWith(ended(15 * MINUTE));
    await testbed.putLock(HELD_BY_RUN);
    await putLockFile(testbed, HELD_BY_RUN);
    decide(testbed.proxy, { DeleteItem: deniedByDynamodb('DeleteItem') });
    const done = await unlock(testbed, { ...stale, ...IN_BOTH }, github);
    expect(done).toMatchObject({ exitCode: 1, outputs: { reason_code: 'access_denied' } });
    expect(findErrors(done)).toMatch(/tflock and table \S+ could not be freed/);
    expect([await readLockFile(testbed), await testbed.lock()]).toEqual([HELD_BY_RUN, HELD_BY_RUN]);
  });

  describe('leaves a lock alone and succeeds', () => {
    const ofRun = (run: FakeRun) => () => run;
    it.each<[string, string, (now: number) => FakeRun, string]>([
      [
        'while its run continues',
        HELD_BY_RUN,
        ofRun({ status: 'in_progress', jobs: [] }),
        'still in progress',
      ],
      ['while one of its jobs continues', HELD_BY_RUN, running, 'still in progress'],
      ['when its run has just ended', HELD_BY_RUN, ended(4 * MINUTE), 'ended only 4m ago'],
      ['of an unknown run', HELD_BY_RUN, failing(404, 'Not Found'), 'no such run'],
      ['of a run that the token may not see', HELD_BY_RUN, failing(403, 'Forbidden'), '403'],
      ["of a person's Terraform, however old", lockInfo(), ended(60 * MINUTE), 'names no run'],
      [
        'of another server',
        HELD_BY_RUN.replace('github.com', 'ghe.corp'),
        ended(60 * MINUTE),
        'not on this server',
      ],
      ["that can't be read", 'no JSON', ended(60 * MINUTE), "can't be read"],
    ])('%s', async (_, info, run, why) => {
      const testbed = await lockedTestbed(info);
      const github = await gitHubWith(run);
      const done = await unlock(testbed, stale, github);
      expect(done).toMatchObject({
        exitCode: 0,
        outputs: { found: 'true', released: 'false', reason_code: 'not_stale' },
      });
      expect(findNotices(done)[0]).toContain('is not provably stale and stays');
      const byHand = `If its holder is gone for good, give lock_id: ${ID} instead of only_if_stale.`;
      if (info !== 'no JSON') expect(findNotices(done)[0]).toContain(byHand);
      expect(JSON.parse(done.outputs.result ?? '')).toMatchObject({
        ok: true,
        why: expect.stringContaining(why),
      });
      expect(await testbed.lock()).toBe(info);
      expect(testbed.calls()).toEqual(['dynamodb GetItem']);
    });
  });
});

/** The lock of a job whose checkpointer beats every 50 ms. */
async function putBeat({ clients, fixture, lockId }: Testbed, beats: number): Promise<void> {
  const Item = lockItem(lockId, { id: ID, info: HELD_BY_RUN, heartbeatMs: 50 }, beats);
  await clients.dynamodb.send(new PutItemCommand({ TableName: fixture.table, Item }));
}

function running(now: number): FakeRun {
  const job = { status: 'in_progress', conclusion: null, completed_at: null };
  return { status: 'completed', jobs: [endedJob(now, 60 * MINUTE), job] };
}

function failing(status: number, message: string): () => FakeRun {
  return () => ({ status: 'completed', jobs: [], failure: { status, message } });
}
