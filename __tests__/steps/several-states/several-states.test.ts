import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { stsError } from '../../faults/faults.ts';
import { appliedState, stateText } from '../../packaged/states.ts';
import { md5 } from '../../packaged/support.ts';
import { deleteItem, listObjects } from '../../support/aws.ts';
import { sweepCalls } from '../../support/fault-at-call.ts';
import { startGitHubComments } from '../../support/github-comments.ts';
import type { WaitDecision } from '../../support/proxy.ts';
import type { RequestRecord } from '../../support/proxy-record.ts';
import {
  heldDirectories,
  openStatesBench,
  removeStateDirectories,
  type StatesBench,
  type StatesJob,
} from './bench.ts';

const motoUrl = inject('motoUrl') ?? '';
const A = 'a.tfstate';
const B = 'b.tfstate';
const LINES = `first=${A}\nsecond=${B}`;
const THEIRS = JSON.stringify({ ID: 'theirs', Who: 'bob@laptop', Created: '2026-01-01T00:00:00Z' });

/** The outputs of each state that docs/several-states.md lists: with the state, and with only its lock. */
function readListedOutputs(): string[][] {
  const page = readFileSync(resolve(import.meta.dirname, '../../../docs/several-states.md'), 'utf8');
  const [, held = '', locked = ''] =
    /has the outputs of a single state: ([^.]+)\. With `pull: false` it has only ([^.]+)\./.exec(page) ?? [];
  return [held, locked].map((list) => [...list.matchAll(/`(\w+)`/g)].map(([, name = '']) => name));
}

async function openSeeded(): Promise<StatesBench> {
  const bench = await openStatesBench(motoUrl);
  await bench.seed(A, stateText());
  await bench.seed(B, stateText({ serial: 3, lineage: 'b' }));
  return bench;
}

async function expectFree(bench: StatesBench, what = ''): Promise<void> {
  expect([await bench.lock(A), await bench.lock(B)], what).toEqual([undefined, undefined]);
}

/** Nothing of the job is left: no lock, no file. */
async function expectNothingLeft(bench: StatesBench, job: StatesJob): Promise<void> {
  await expectFree(bench);
  expect(job.remainingFiles()).toEqual([]);
  expect(heldDirectories(bench)).toEqual([]);
}

/** The keys whose locks were tried, in order. */
function lockedKeys(bench: StatesBench): string[] {
  return bench.proxy.requests.flatMap((request) => lockedKey(request) ?? []);
}

function lockedKey({ operation, body }: RequestRecord): string | undefined {
  if (operation !== 'PutItem') return undefined;
  return /"LockID":\{"S":"[^"/]+\/([^"]+)"\}/.exec(body.toString())?.[1];
}

describe.skipIf(motoUrl === '')('several states in one step', () => {
  it('are held, changed and pushed individually, with one summary for all', async () => {
    const bench = await openSeeded();
    const job = bench.job({ states: `${LINES}\nthird=c.tfstate` });
    const main = await job.main();
    expect(main.error).toBeUndefined();
    expect(main.outputs).toMatchObject({ reason_code: 'held' });
    expect(Object.keys(main.outputs).sort()).toEqual(['reason_code', 'result', 'states']);
    const { first, second, third } = job.states();
    expect(first).toMatchObject({
      serial: '7',
      state_exists: true,
      digest: md5(stateText()),
    });
    expect(second).toMatchObject({ serial: '3', lineage: 'b', workspace: 'default' });
    expect(third).toMatchObject({ state_exists: false, serial: '', fingerprint: 'no-state' });
    expect(Object.keys(first ?? {})).toEqual(readListedOutputs()[0]);
    const { states } = JSON.parse(main.outputs.result ?? '');
    expect(states).toMatchObject([
      { name: 'first', state: { key: A }, lock: { id: first?.lock_id }, fingerprint: first?.fingerprint },
      { name: 'second', state: { key: B } },
      { name: 'third', state: { key: 'c.tfstate' } },
    ]);
    expect(await bench.lock(B)).toContain(second?.lock_id);
    await job.change('first', appliedState());
    await job.change('third', stateText({ serial: 1, lineage: 'c' }));

    const post = await job.post();
    expect(post.error).toBeUndefined();
    expect(await bench.object(A)).toBe(appliedState());
    expect(await bench.object(B)).toBe(stateText({ serial: 3, lineage: 'b' }));
    expect(await bench.digest('c.tfstate')).toBe(md5(stateText({ serial: 1, lineage: 'c' })));
    await expectNothingLeft(bench, job);
    expect(post.summary.match(/^### .*/gm)).toEqual(['### 🔒 Terraform states: 2 pushed, 1 unchanged']);
    expect(post.summary).toMatch(/<td><code>first<\/code><\/td>.*7 → 8.*1 added.*released/);
    expect(post.summary).toMatch(/#### <code>third<\/code>/);
    expect(post.log).toMatch(/^second: The job did not change the state/m);
    const again = await job.post();
    expect([again.error, again.summary]).toEqual([undefined, '']);
  });

  it('are all freed when the second one is locked, and none is pulled', async () => {
    const bench = await openSeeded();
    await bench.putLock(B, THEIRS);
    const job = bench.job({ states: LINES });
    const main = await job.main();
    expect(main.outputs).toMatchObject({ reason_code: 'lock_held' });
    expect(main.outputs.states).toBeUndefined();
    expect(main.error).toMatch(new RegExp(`^The state .*/${B} is locked`));
    expect(JSON.parse(main.outputs.result ?? '')).toMatchObject({
      state: { key: B },
      holder: { id: 'theirs' },
    });
    expect(main.log).toContain('first: Released the lock');
    expect(bench.proxy.requests.map(({ operation }) => operation)).not.toContain('GetObject');
    expect([await bench.lock(A), await bench.lock(B)]).toEqual([undefined, THEIRS]);
    expect(job.remainingFiles()).toEqual([]);
    const post = await job.post();
    expect([post.error, post.summary]).toEqual([undefined, '']);
  });

  it('are not locked beyond the first one with keys that STS refuses', async () => {
    const bench = await openSeeded();
    const isLocked = Promise.withResolvers<void>();
    bench.proxy.afterResponse(({ operation }) => {
      if (operation === 'PutItem') isLocked.resolve();
    });
    bench.proxy.onRequest(async ({ service }) => {
      if (service !== 'sts') return 'pass';
      await isLocked.promise;
      return stsError(403, 'InvalidClientTokenId');
    });
    const main = await bench.job({ states: LINES, skip_credentials_validation: 'false' }).main();
    expect(main.error).toContain("AWS doesn't accept the credentials");
    expect(lockedKeys(bench)).toEqual([A]);
    await expectFree(bench);
  });

  it('wait for their holders until one deadline for all', async () => {
    const bench = await openSeeded();
    await bench.putLock(A, THEIRS);
    await bench.putLock(B, THEIRS);
    let tries = 0;
    bench.proxy.onRequest(async (request): Promise<WaitDecision> => {
      if (lockedKey(request) !== A) return 'pass';
      tries += 1;
      // Late enough that little time is left for the second one.
      if (tries === 3) await freeLock(bench, A);
      return 'pass';
    });
    const github = await startGitHubComments();
    onTestFinished(() => github.stop());
    github.pulls.push({ number: 7, state: 'open', headSha: '', head: '' });
    const comment = { publish: 'comment', pr_number: '7', github_token: 'ghs_token' };
    const job = bench.job({ states: LINES, lock_timeout: '13s', ...comment }, { GITHUB_API_URL: github.url });
    const main = await job.main();
    expect(main.outputs).toMatchObject({ reason_code: 'lock_timeout' });
    const seconds = Number(/was not released within (\d+)s\./.exec(main.error ?? '')?.[1]);
    expect(seconds).toBeGreaterThanOrEqual(13);
    expect(JSON.parse(main.outputs.result ?? '')).toMatchObject({
      state: { key: B },
      waited_seconds: seconds,
    });
    expect(main.summary).toContain(`<td>${seconds}s</td>`);
    const [written] = github.comments.get('acme/infra#7') ?? [];
    expect(written?.body).toContain(`it gave up after ${seconds}s,`);
    expect([await bench.lock(A), await bench.lock(B)]).toEqual([undefined, THEIRS]);
  });

  it('count their waits from the first lock, as one wait of the step', async () => {
    const bench = await openSeeded();
    await bench.putLock(A, THEIRS);
    await bench.putLock(B, THEIRS);
    const tries = new Map([
      [A, 0],
      [B, 0],
    ]);
    bench.proxy.onRequest(async (request): Promise<WaitDecision> => {
      const key = lockedKey(request) ?? '';
      tries.set(key, (tries.get(key) ?? 0) + 1);
      if (tries.get(key) === 3) await freeLock(bench, key);
      return 'pass';
    });
    const job = bench.job({ states: LINES, lock_timeout: '1m' });
    const main = await job.main();
    const result = JSON.parse(main.outputs.result ?? '');
    const [first, second] = result.states.map(({ lock }: { lock: { waited_seconds: number } }) => lock);
    expect(first.waited_seconds).toBeGreaterThan(0);
    expect(second.waited_seconds).toBeGreaterThan(first.waited_seconds);
    expect(result.waited_seconds).toBe(second.waited_seconds);
    expect(main.log).toMatch(new RegExp(`second: Locked .* after ${second.waited_seconds}s\\.`));
    expect((await job.post()).summary).toContain(`waited ${second.waited_seconds}s, held`);
  });

  it('are locked in the same order whatever the order of the lines, so two jobs never wait for each other', async () => {
    const bench = await openSeeded();
    const job = bench.job({ states: LINES });
    const other = bench.job({ states: `second=${B}\nfirst=${A}`, lock_timeout: '1m' });
    let firstEnd: ReturnType<StatesJob['main']> | undefined;
    let otherEnd: ReturnType<StatesJob['main']> | undefined;
    let isBegun = false;
    let noteTry = (): void => {};
    const otherTried = new Promise<void>((resolve) => {
      noteTry = resolve;
    });
    let ofOther = 0;
    bench.proxy.onRequest(async (request): Promise<WaitDecision> => {
      const key = lockedKey(request);
      if (key === B && !isBegun) {
        // The first job has A and is about to take B: now the other one begins, and has its first try.
        isBegun = true;
        otherEnd = other.main();
        await otherTried;
      } else if (key !== undefined && isBegun) {
        ofOther += 1;
        noteTry();
        // It waits until the first job has ended.
        if (ofOther === 2) {
          await firstEnd;
          await job.post();
        }
      }
      return 'pass';
    });
    firstEnd = job.main();
    expect((await firstEnd).error).toBeUndefined();
    expect((await otherEnd)?.error).toBeUndefined();
    expect(lockedKeys(bench).filter((key, i, all) => key !== all[i - 1])).toEqual([A, B, A, B]);
    await other.post();
    await expectFree(bench);
  });

  it('are each pushed and released, whatever happens to the others', async () => {
    const bench = await openSeeded();
    const job = bench.job({ states: LINES });
    await job.main();
    await job.change('first', appliedState());
    await job.change('second', appliedState({ serial: 4, lineage: 'b' }));
    await bench.seed(A, stateText({ serial: 9, value: 'of somebody else' }));
    const post = await job.post();
    expect(post.error).toMatch(new RegExp(`^The state .*/${A} changed while this job held it`));
    expect(post.error).not.toContain(B);
    expect(await bench.object(B)).toBe(appliedState({ serial: 4, lineage: 'b' }));
    await expectFree(bench);
    expect(post.summary).toContain('### ❌ Terraform states: 1 not pushed, kept, 1 pushed');
    expect(post.summary).toMatch(/❌ <code>first<\/code>/);
    expect(post.error).toContain(`${A}.rescue/`);
  });

  it('are all refused when one that must exist is missing', async () => {
    const bench = await openSeeded();
    const job = bench.job({ states: `${LINES}\nc.tfstate`, require_existing_state: 'true' });
    const main = await job.main();
    expect(main.outputs).toMatchObject({ reason_code: 'state_missing' });
    expect(main.error).toContain('c.tfstate');
    await expectNothingLeft(bench, job);
  });

  it('are locked alone with pull: false, and pulled without a lock with lock: none', async () => {
    const bench = await openSeeded();
    const locking = bench.job({ states: LINES, pull: 'false' });
    expect((await locking.main()).outputs).toMatchObject({ reason_code: 'locked' });
    expect(Object.keys(locking.states().first ?? {})).toEqual(readListedOutputs()[1]);
    const reading = bench.job({ states: LINES, lock: 'none' });
    expect((await reading.main()).outputs).toMatchObject({ reason_code: 'pulled' });
    expect(reading.states()).toMatchObject({ first: { serial: '7', lock_id: '' }, second: { serial: '3' } });
    expect((await reading.post()).error).toBeUndefined();
    const post = await locking.post();
    expect([post.error, post.summary]).toEqual([undefined, expect.stringContaining('2 lock only')]);
    await expectFree(bench);
  });

  it('are released by post when main was killed between two locks', async () => {
    const bench = await openSeeded();
    const job = bench.job({ states: LINES });
    const saved = new Map<string, string>();
    bench.proxy.onRequest((request): WaitDecision => {
      // What the runner has at the moment at which main is killed.
      if (lockedKey(request) === B) for (const [name, value] of job.saved) saved.set(name, value);
      return 'pass';
    });
    await job.main();
    await freeLock(bench, B);
    for (const name of [...job.saved.keys()]) job.saved.delete(name);
    for (const [name, value] of saved) job.saved.set(name, value);
    expect([job.saved.get('lock'), job.saved.get('lock_2')]).toEqual(['held', 'trying']);
    expect(job.saved.get('pulled')).toBeUndefined();
    const post = await job.post();
    expect(post.error).toBeUndefined();
    await expectFree(bench);
    expect(job.remainingFiles()).toEqual([]);
  });
});

const EFFECTS = ['reset-after', 'cancelled before', 'cancelled after'] as const;

it.skipIf(motoUrl === '')(
  'main holds all states or none, or its error names each lock that may be left for post, whichever call fails',
  async () => {
    const bench = await openSeeded();
    const calls = await sweepCalls(bench.proxy, EFFECTS, async (meetFault, what) => {
      const job = bench.job({ states: LINES });
      const main = await meetFault((signal) => job.main({ signal }));
      const isLocked = { [A]: await bench.lock(A), [B]: await bench.lock(B) };
      for (const [key, info] of Object.entries(isLocked)) {
        if (main.error === undefined) expect(info, what).toBeDefined();
        else if (info !== undefined)
          expect(main.error, what).toMatch(new RegExp(`lock of \\S+/${key} (could not|may be)`));
      }
      expect(main.outputs.reason_code, what).toBeDefined();
      expect((await job.post()).error, what).toBeUndefined();
      await expectFree(bench, what);
      expect(job.remainingFiles(), what).toEqual([]);
    });
    expect(calls).toBeGreaterThan(7);
  },
);

it.skipIf(motoUrl === '')(
  'post pushes or keeps each state and releases each lock, or its error names what stays, whichever call fails',
  async () => {
    const bench = await openSeeded();
    const denied = { status: 403, body: '<Error><Code>AccessDenied</Code><Message>no</Message></Error>' };
    let serial = 10;
    const calls = await sweepCalls(bench.proxy, [denied, 'cancelled after'], async (meetFault, what) => {
      serial += 1;
      const texts = { [A]: stateText({ serial }), [B]: stateText({ serial, lineage: 'b' }) };
      const job = await changeBoth(bench, texts[A], texts[B]);
      const { error } = await meetFault((signal) => job.post({ signal }));
      for (const [key, text] of Object.entries(texts)) {
        await expectPushedOrKept(bench, error, key, text, what);
      }
      // Whatever stayed goes now, so that the next row begins without it.
      if (error !== undefined) await job.post();
      removeStateDirectories(bench);
      for (const [key, text] of Object.entries(texts)) {
        await freeLock(bench, key);
        await bench.seed(key, text);
      }
    });
    expect(calls).toBeGreaterThan(8);
  },
);

async function changeBoth(bench: StatesBench, first: string, second: string): Promise<StatesJob> {
  const job = bench.job({ states: LINES });
  await job.main();
  await job.change('first', first);
  await job.change('second', second);
  return job;
}

async function expectPushedOrKept(
  bench: StatesBench,
  error: string | undefined,
  key: string,
  text: string,
  what: string,
): Promise<void> {
  const isPushed = (await bench.object(key)) === text;
  if (isPushed && error === undefined) expect(await bench.digest(key), what).toBe(md5(text));
  if (!isPushed) expect(await rescueCopies(bench, key), what).toContain(text);
  if (!isPushed || (await bench.lock(key)) !== undefined) expect(error, what).toContain(`/${key}`);
}

async function rescueCopies(bench: StatesBench, key: string): Promise<(string | undefined)[]> {
  const copies = await listObjects(bench.clients, bench.fixture.bucket, `${key}.rescue/`);
  return await Promise.all(copies.map(bench.object));
}

async function freeLock(bench: StatesBench, key: string): Promise<void> {
  await deleteItem(bench.clients, bench.fixture.table, `${bench.fixture.bucket}/${key}`);
}
