import { describe, expect, inject, it } from 'vitest';
import { freezeFields } from '../../../src/backend/records/freeze.ts';
import { printPlanRecord } from '../../../src/backend/records/plan-record.ts';
import { planRecord } from '../../backend/plan-vault/records.ts';
import { makeHolder } from '../../job-state/scopes.ts';
import { deleteItem, putItem, putObject, readItem, readObject } from '../../support/aws.ts';
import { dynamodbFailure } from '../../support/backend.ts';
import { forbidden } from '../../support/github-issues.ts';
import type { WaitDecision } from '../../support/proxy.ts';
import { ended, type LocksBench, makeInfo, openLocksBench } from './support.ts';

const motoUrl = inject('motoUrl') ?? '';
const HOUR = 3_600_000;
const STALE = { free: 'stale' };
const BEATING = { beats: 4, seconds: 20 };

async function findItem({ clients, fixture }: LocksBench, key: string) {
  return await readItem(clients, fixture.table, `${fixture.bucket}/${key}`);
}

async function findFile({ clients, fixture }: LocksBench, key: string) {
  return await readObject(clients, fixture.bucket, `${key}.tflock`);
}

/** What the action says of each lock, by the key of its state. */
function findStatuses({ locks }: { locks: readonly Readonly<Record<string, unknown>>[] }) {
  return Object.fromEntries(locks.map(({ key, verdict }) => [key, verdict]));
}

describe.skipIf(motoUrl === '')('locks/', () => {
  it('says of each lock in either store whether its holder lives, and frees none', async () => {
    const bench = await openLocksBench(motoUrl);
    bench.runs.set(1, ended(HOUR));
    bench.runs.set(2, { kind: 'running' });
    bench.runs.set(3, ended(60_000));
    const freeze = freezeFields({
      until: Date.now() + HOUR,
      reason: 'audit',
      by: 'bob@acme/x',
      runUrl: undefined,
    });
    await bench.putItemLock('dead', makeInfo('a', 1));
    await bench.putFileLock('dead', makeInfo('a', 1));
    await bench.putItemLock('alive', makeInfo('b', 2));
    await bench.putFileLock('just-ended', makeInfo('c', 3));
    await bench.putFileLock('person', makeInfo('d'));
    await bench.putItemLock('frozen', makeHolder(freeze).raw ?? '');
    await bench.putFileLock('broken', '{"ID": ');
    await bench.putItemLock('lost', makeInfo('e', 404));
    const run = await bench.run({});
    expect(run.error).toBeUndefined();
    expect(findStatuses(run)).toEqual({
      alive: 'alive',
      broken: 'unreadable',
      dead: 'dead',
      frozen: 'frozen',
      'just-ended': 'unclear',
      lost: 'unclear',
      person: 'person',
    });
    expect(run.locks.find(({ key }) => key === 'dead')).toMatchObject({
      places: ['item', 'file'],
      id: 'a',
      who: 'alice@laptop',
      run_url: 'https://github.com/acme/infra/actions/runs/1/attempts/1',
      why: 'its run has ended (its job 1h ago)',
      heartbeat: null,
      freed: null,
    });
    expect(run.outputs).toMatchObject({
      lock_count: '7',
      dead_count: '1',
      freed_count: '0',
      issue_url: '',
      reason_code: 'listed',
    });
    expect(run.result).toMatchObject({ ok: true, counts: { dead: 1, alive: 1, unclear: 2 }, issue: null });
    expect(run.summary).toContain('Terraform locks: 7 locks');
    expect(await findItem(bench, 'dead')).toBeDefined();
    expect(bench.asked.map(({ runId }) => runId).sort()).toEqual([1, 2, 3, 404]);
  });

  it('frees what is proven dead in both stores, and nothing else', async () => {
    const bench = await openLocksBench(motoUrl);
    bench.runs.set(1, ended(HOUR));
    bench.runs.set(2, { kind: 'running' });
    await bench.putItemLock('dead', makeInfo('a', 1));
    await bench.putFileLock('dead', makeInfo('a', 1));
    await bench.putItemLock('alive', makeInfo('b', 2));
    await bench.putFileLock('person', makeInfo('d'));
    const run = await bench.run(STALE);
    expect(run.outputs).toMatchObject({ freed_count: '1', reason_code: 'released' });
    expect(run.locks.map(({ key, freed }) => [key, freed])).toEqual([
      ['alive', null],
      ['dead', true],
      ['person', null],
    ]);
    expect(await findItem(bench, 'dead')).toBeUndefined();
    expect(await findFile(bench, 'dead')).toBeUndefined();
    expect(await findItem(bench, 'alive')).toBeDefined();
    expect(await findFile(bench, 'person')).toBeDefined();
    const again = await bench.run(STALE);
    expect(again.outputs).toMatchObject({ freed_count: '0', reason_code: 'listed', lock_count: '2' });
  });

  it('watches all heartbeats of ended runs at once: a still one means dead, a moving one alive', async () => {
    const bench = await openLocksBench(motoUrl);
    bench.runs.set(1, ended(0));
    await bench.putItemLock('still', makeInfo('a', 1), BEATING);
    await bench.putItemLock('beating', makeInfo('b', 1), BEATING);
    await bench.putItemLock('released', makeInfo('c', 1), BEATING);
    await bench.putItemLock('passed-on', makeInfo('d', 1), BEATING);
    const { clients, fixture } = bench;
    bench.whileWatching = async () => {
      bench.whileWatching = async () => {};
      await bench.putItemLock('beating', makeInfo('b', 1), { beats: 5, seconds: 20 });
      await deleteItem(clients, fixture.table, `${fixture.bucket}/released`);
      await bench.putItemLock('passed-on', makeInfo('f', 2));
    };
    const run = await bench.run(STALE);
    expect(findStatuses(run)).toEqual({ beating: 'alive', 'passed-on': 'unclear', still: 'dead' });
    expect(run.locks.find(({ key }) => key === 'still')).toMatchObject({
      heartbeat: { beats: 4, interval_seconds: 20 },
      why: 'its run has ended (its job 1m ago), and its heartbeat stood still for 1m',
      freed: true,
    });
    expect(await findItem(bench, 'beating')).toBeDefined();
    expect(await findItem(bench, 'passed-on')).toBeDefined();
  });

  it("frees the others when a lock can't be freed, reports everything, then fails", async () => {
    const bench = await openLocksBench(motoUrl);
    bench.runs.set(1, ended(HOUR));
    for (const key of ['a', 'b', 'c']) await bench.putItemLock(key, makeInfo(key, 1));
    await bench.putFileLock('b', makeInfo('b', 1));
    bench.proxy.onRequest(({ operation, body }) =>
      operation === 'DeleteItem' && body.includes('/b"')
        ? dynamodbFailure('AccessDeniedException', 'no delete')
        : 'pass',
    );
    const run = await bench.run({ ...STALE, publish: 'issue' });
    expect(run.outputs).toMatchObject({ reason_code: 'access_denied', freed_count: '2', lock_count: '3' });
    expect(run.locks.map(({ key, freed }) => [key, freed])).toEqual([
      ['a', true],
      ['b', null],
      ['c', true],
    ]);
    expect(run.error).toContain('dynamodb:DeleteItem');
    // Without its item nothing shows whether its holder lives.
    expect(await findFile(bench, 'b')).toBeDefined();
    expect(bench.github.issues).toMatchObject([
      { state: 'open', body: expect.stringContaining('<code>b</code>') },
    ]);
  });

  it('keeps a lock in both stores that is renewed or taken over before its delete', async () => {
    const bench = await openLocksBench(motoUrl);
    bench.runs.set(1, ended(HOUR));
    await bench.putItemLock('renewed', makeInfo('a', 1), BEATING);
    await bench.putFileLock('renewed', makeInfo('a', 1));
    await bench.putFileLock('taken', makeInfo('b', 1));
    let isFirst = true;
    bench.proxy.onRequest(async ({ operation }): Promise<WaitDecision> => {
      if (operation === 'DeleteItem' && isFirst) {
        isFirst = false;
        await bench.putItemLock('renewed', makeInfo('a', 1), { beats: 5, seconds: 20 });
        await bench.putFileLock('taken', makeInfo('c', 2));
      }
      return 'pass';
    });
    const run = await bench.run({ ...STALE, publish: 'issue' });
    expect(run.error).toBeUndefined();
    expect(run.locks.map(({ key, freed }) => [key, freed])).toEqual([
      ['renewed', false],
      ['taken', false],
    ]);
    expect(findStatuses(run)).toMatchObject({ renewed: 'alive' });
    expect(bench.github.issues).toEqual([]);
    expect(run.log).toContain('It stays: its holder has just sent a heartbeat.');
    expect(run.log).toContain('It has a new holder and stays.');
    expect(await findItem(bench, 'renewed')).toBeDefined();
    expect(await findFile(bench, 'renewed')).toBeDefined();
    expect((await findFile(bench, 'taken'))?.toString()).toBe(makeInfo('c', 2));
  });

  it('lists what was left: digests without an object, rescue copies, expired plans', async () => {
    const bench = await openLocksBench(motoUrl);
    const { clients, fixture } = bench;
    const { bucket, table } = fixture;
    const digest = { Digest: 'd41d8cd98f00b204e9800998ecf8427e' };
    await putItem(clients, table, `${bucket}/gone.tfstate-md5`, digest);
    await putItem(clients, table, `${bucket}/a.tfstate-md5`, digest);
    await putObject(clients, bucket, 'a.tfstate', '{}');
    await putObject(clients, bucket, 'a.tfstate.rescue/12-1', '{}');
    const fresh = { ...planRecord(), expiresAt: Date.now() + HOUR };
    await putObject(clients, bucket, 'a.tfstate.plans/11-1.json', printPlanRecord(planRecord()));
    await putObject(clients, bucket, 'a.tfstate.plans/12-1.json', printPlanRecord(fresh));
    const run = await bench.run({});
    expect(JSON.parse(run.outputs.remnants ?? '')).toMatchObject({
      digests: ['gone.tfstate'],
      rescue_copies: [{ state: 'a.tfstate', key: 'a.tfstate.rescue/12-1', size: 2 }],
      expired_plans: [{ state: 'a.tfstate', plan_id: '11-1' }],
    });
    expect(run.outputs.reason_code).toBe('no_lock');
    expect(run.summary).toContain('Digests without an object: 1');
  });

  it('maintains one issue and closes it once nothing is left', async () => {
    const bench = await openLocksBench(motoUrl);
    bench.runs.set(1, ended(HOUR));
    bench.runs.set(2, { kind: 'running' });
    await bench.putItemLock('alive', makeInfo('b', 2));
    const issue = { publish: 'issue' };
    expect((await bench.run(issue)).outputs.issue_url).toBe('');
    await bench.putItemLock('dead', makeInfo('a', 1));
    const run = await bench.run(issue);
    expect(run.outputs.issue_url).toBe('https://github.com/acme/infra/issues/1');
    expect(bench.github.issues[0]).toMatchObject({ state: 'open', title: expect.stringContaining('s3://') });
    expect(bench.github.issues[0]?.body).toContain('alive');
    await bench.run({ ...issue, ...STALE });
    expect(bench.github.issues).toMatchObject([{ state: 'closed' }]);
  });

  it('reports everything, then fails, when it may not write the issue', async () => {
    const bench = await openLocksBench(motoUrl);
    await bench.putFileLock('person', makeInfo('d'));
    bench.github.refuse = (route) => (route.startsWith('POST') ? forbidden() : undefined);
    const run = await bench.run({ publish: 'issue' });
    expect(run.outputs).toMatchObject({ reason_code: 'issue_not_published', lock_count: '1' });
    expect(run.error).toContain('github_token needs issues: write');
  });

  it('looks below key_prefix only', async () => {
    const bench = await openLocksBench(motoUrl);
    await bench.putFileLock('apps/a', makeInfo('a'));
    await bench.putItemLock('apps/b', makeInfo('b'));
    await bench.putItemLock('net/c', makeInfo('c'));
    expect(Object.keys(findStatuses(await bench.run({ key_prefix: 'apps/' })))).toEqual(['apps/a', 'apps/b']);
  });
});
