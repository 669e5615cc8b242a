import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, inject, it } from 'vitest';
import { freezeFields, parseFreeze } from '../../../src/backend/records/freeze.ts';
import { parseLockHolder } from '../../../src/backend/records/lock-info.ts';
import { Interrupted } from '../../../src/runner/interrupt.ts';
import { makeHolder } from '../../job-state/scopes.ts';
import { putObject } from '../../support/aws.ts';
import { dynamodbFailure } from '../../support/backend.ts';
import { type FreezeBench, openFreezeBench, STORES } from './support.ts';

const motoUrl = inject('motoUrl') ?? '';
const HOUR = 3_600_000;
const RUN = 'https://github.com/acme/infra/actions/runs/123/attempts/1';
const WEEK = { command: 'freeze', until: '3d', reason: 'release week' };
const KEY = 'net/app.tfstate';

/** A freeze of somebody else that ends so many ms from now. */
const theirs = (ms: number): string =>
  makeHolder(
    freezeFields({ until: Date.now() + ms, reason: 'audit', by: 'bob@acme/other', runUrl: undefined }),
  ).raw ?? '';
const terraforms = makeHolder().raw ?? '';
const readCode = ({ outputs }: { outputs: Readonly<Record<string, string>> }) => outputs.reason_code;

async function seed({ clients, fixture }: FreezeBench, keys: readonly string[]): Promise<void> {
  for (const key of keys) await putObject(clients, fixture.bucket, key, '{}');
}

describe.skipIf(motoUrl === '')('a state', () => {
  it.each(['item', 'file', 'both'] as const)('is frozen, shown and thawed, %s', async (where) => {
    const bench = await openFreezeBench(motoUrl);
    const at = { ...STORES[where], key: KEY };
    const lockPath = `${bench.fixture.bucket}/${KEY}`;

    const frozen = await bench.run({ ...at, ...WEEK });
    expect(frozen.error).toBeUndefined();
    const locks = await bench.locks(KEY);
    expect(locks).toHaveLength(where === 'both' ? 2 : 1);
    expect(new Set(locks).size).toBe(1);
    const holder = parseLockHolder(locks[0]);
    const freeze = parseFreeze(holder);
    expect(freeze).toMatchObject({ reason: 'release week', by: 'octocat@acme/infra', runUrl: RUN });
    expect(Math.abs((freeze?.until ?? 0) - Date.now() - 72 * HOUR)).toBeLessThan(60_000);
    expect(holder.info?.path).toBe(lockPath);
    const reported = { frozen: 'true', reason: 'release week', by: 'octocat@acme/infra', run: RUN };
    expect(frozen.outputs).toMatchObject({ ...reported, reason_code: 'froze' });
    expect(frozen.log).toContain(`Froze ${lockPath}`);
    expect(frozen.notices).toEqual([expect.stringMatching(/^Froze 1 state until .*release week\.$/)]);
    expect(frozen.summary).toContain('froze 1 state');

    const shown = await bench.run({ ...at, command: 'show' });
    expect(shown.outputs).toMatchObject({ ...reported, reason_code: 'frozen', until: frozen.outputs.until });
    expect(await bench.locks(KEY)).toEqual(locks);

    const thawed = await bench.run({ ...at, command: 'thaw' }, { actor: 'mallory' });
    expect(thawed.outputs).toMatchObject({ ...reported, frozen: 'false', reason_code: 'thawed' });
    expect(thawed.log).toContain(`Thawed ${lockPath} by mallory in ${RUN}. It was frozen until`);
    expect(thawed.log).toContain('by octocat@acme/infra: release week');
    expect(await bench.locks(KEY)).toEqual([]);

    expect(readCode(await bench.run({ ...at, command: 'show' }))).toBe('not_frozen');
    const again = await bench.run({ ...at, command: 'thaw' });
    expect(readCode(again)).toBe('not_frozen');
    expect(again.summary).toContain('### 💧 Terraform state: not frozen');
  });

  it.each(['item', 'file'] as const)(
    'that is frozen is not frozen again until the freeze has ended, %s',
    async (where) => {
      const bench = await openFreezeBench(motoUrl);
      const at = { ...STORES[where], key: KEY, lock_timeout: '5m' };
      await bench.putLock(KEY, theirs(HOUR), where);
      const refused = await bench.run({ ...at, ...WEEK });
      expect(refused.error).toMatch(/^The state .* is frozen until .* by bob@acme\/other: audit\./);
      expect(refused.result).toMatchObject({
        reason_code: 'frozen',
        freeze: { reason: 'audit', by: 'bob@acme/other', run: null },
        state: { key: KEY },
      });
      expect(await bench.locks(KEY)).toHaveLength(1);

      await bench.putLock(KEY, theirs(-1_000), where);
      expect(readCode(await bench.run({ ...at, command: 'show' }))).toBe('not_frozen');
      const taken = await bench.run({ ...at, ...WEEK });
      expect(taken.error).toBeUndefined();
      expect(taken.log).toContain('Ended the freeze of');
      expect(parseFreeze(parseLockHolder((await bench.locks(KEY))[0]))?.reason).toBe('release week');
    },
  );

  it('is never frozen under a running job, nor thawed from under it', async () => {
    const bench = await openFreezeBench(motoUrl);
    await bench.putLock(KEY, terraforms, 'item');
    const refused = await bench.run({ key: KEY, ...WEEK });
    expect(readCode(refused)).toBe('lock_held');
    expect(refused.error).toContain('alice@laptop');
    expect(readCode(await bench.run({ key: KEY, ...WEEK, lock_timeout: '30s' }))).toBe('lock_timeout');
    const thaw = await bench.run({ key: KEY, command: 'thaw' });
    expect(thaw.outputs).toMatchObject({ reason_code: 'not_frozen', frozen: 'false', until: '' });
    expect(thaw.log).toContain('is not frozen, but locked by alice@laptop');
    expect(await bench.locks(KEY)).toEqual([terraforms]);
  });

  it('is frozen within lock_timeout once its holder is done', async () => {
    const bench = await openFreezeBench(motoUrl);
    await bench.putLock(KEY, terraforms, 'file');
    let looks = 0;
    bench.proxy.onRequest(async ({ operation, path }) => {
      if (operation !== 'GetObject' || !path.includes('.tflock')) return 'pass' as const;
      looks += 1;
      if (looks === 4)
        await bench.clients.s3.send(
          new DeleteObjectCommand({ Bucket: bench.fixture.bucket, Key: `${KEY}.tflock` }),
        );
      return 'pass' as const;
    });
    const done = await bench.run({ ...STORES.file, key: KEY, ...WEEK, lock_timeout: '10m' });
    expect(done.error).toBeUndefined();
    expect(done.log).toContain('Locked by alice@laptop');
  });

  it("thaws by the store's clock, whatever the runner's clock says", async () => {
    const bench = await openFreezeBench(motoUrl);
    const aheadMs = 5 * HOUR;
    await bench.putLock(KEY, theirs(HOUR), 'item');
    expect(readCode(await bench.run({ key: KEY, command: 'show' }, { aheadMs }))).toBe('frozen');
    await bench.run({ key: KEY, command: 'thaw' });
    const { outputs } = await bench.run({ key: KEY, ...WEEK }, { aheadMs });
    expect(Math.abs(Date.parse(outputs.until ?? '') - Date.now() - 72 * HOUR)).toBeLessThan(60_000);
    // By the runner's clock this end is in the future.
    const past = new Date(Date.now() - HOUR).toISOString();
    const late = await bench.run({ key: 'other.tfstate', ...WEEK, until: past }, { aheadMs: -2 * HOUR });
    expect(late.error).toContain('it must be in the future');
    expect(await bench.locks('other.tfstate')).toEqual([]);
  });
});

describe.skipIf(motoUrl === '')('several states', () => {
  const KEYS = ['b.tfstate', 'a.tfstate', 'c.tfstate'];

  it.each(['item', 'both'] as const)('are all frozen, in one order, or none is, %s', async (where) => {
    const bench = await openFreezeBench(motoUrl);
    const at = { ...STORES[where], keys: KEYS.join('\n') };
    await bench.putLock('c.tfstate', terraforms, 'item');
    const refused = await bench.run({ ...at, ...WEEK });
    expect(refused.result).toMatchObject({ reason_code: 'lock_held', state: { key: 'c.tfstate' } });
    expect(refused.log).toContain('Released the 2 locks that this step had taken.');
    expect([await bench.locks('a.tfstate'), await bench.locks('b.tfstate')]).toEqual([[], []]);
    expect(await bench.locks('c.tfstate')).toEqual([terraforms]);

    await bench.clients.dynamodb.send(
      new DeleteItemCommand({
        TableName: bench.fixture.table,
        Key: { LockID: { S: `${bench.fixture.bucket}/c.tfstate` } },
      }),
    );
    const frozen = await bench.run({ ...at, ...WEEK });
    const order = frozen.log.match(/(?<=Froze \S+\/)\w/g);
    expect(order).toEqual(['a', 'b', 'c']);
    const infos = await Promise.all(KEYS.map((key) => bench.locks(key)));
    expect(new Set(infos.flat().map((info) => parseLockHolder(info).info?.id)).size).toBe(3);

    await bench.putLock('b.tfstate', terraforms, 'item');
    const thawed = await bench.run({ ...at, command: 'thaw' });
    expect(thawed.result).toMatchObject({
      reason_code: 'thawed',
      states: [{ freeze: { reason: 'release week' } }, where === 'item' ? { freeze: null } : {}, {}],
    });
    expect(await bench.locks('b.tfstate')).toEqual([terraforms]);
  });

  it('that are already frozen are all named before any is touched', async () => {
    const bench = await openFreezeBench(motoUrl);
    await bench.putLock('a.tfstate', theirs(HOUR), 'item');
    await bench.putLock('b.tfstate', theirs(2 * HOUR), 'item');
    const refused = await bench.run({ keys: KEYS.join('\n'), ...WEEK });
    expect(refused.error?.match(/is frozen until/g)).toHaveLength(2);
    expect(await bench.locks('c.tfstate')).toEqual([]);
    expect(bench.proxy.requests.some(({ operation }) => operation === 'PutItem')).toBe(false);
    const shown = await bench.run({ keys: KEYS.join('\n'), command: 'show' });
    const states = [{ frozen: true }, { frozen: true }, { frozen: false }];
    expect(shown.result).toMatchObject({ frozen: true, states });
  });

  it("are named in the error, with the way to free them, when they can't be released", async () => {
    const bench = await openFreezeBench(motoUrl);
    await bench.putLock('b.tfstate', terraforms, 'item');
    bench.proxy.onRequest(({ operation }) =>
      operation === 'DeleteItem' ? dynamodbFailure('AccessDeniedException', 'no') : 'pass',
    );
    const { error, outputs } = await bench.run({ keys: KEYS.join('\n'), ...WEEK });
    expect(outputs.reason_code).toBe('lock_held');
    expect(error).toContain('a.tfstate could not be released');
    expect(error).toContain('force-unlock');
  });

  it('are released when the step is cancelled', async () => {
    const bench = await openFreezeBench(motoUrl);
    const cancel = new AbortController();
    let puts = 0;
    // Only once the second lock is stored, so none of its writes is still under way when it is released.
    bench.proxy.afterResponse(({ operation }) => {
      if (operation === 'PutItem') puts += 1;
      if (puts === 2) cancel.abort(new Interrupted('SIGINT'));
    });
    const done = await bench.run({ keys: KEYS.join('\n'), ...WEEK }, { signal: cancel.signal });
    expect(readCode(done)).toBe('cancelled');
    expect((await Promise.all(KEYS.map((key) => bench.locks(key)))).flat()).toEqual([]);
  });

  it('below a prefix are found page by page, and other objects are ignored', async () => {
    const bench = await openFreezeBench(motoUrl);
    const states = ['apps/a.tfstate', 'apps/x y+ü/b.tfstate', 'apps/z/terraform.tfstate'];
    const others = [
      'apps/a.tfstate.tflock-not',
      'apps/README.md',
      'apps/a.tfstate.outputs.json',
      'apps/a.tfstate.rescue/1-1.tfstate',
      'apps/a.tfstate.plans/1-1.tfstate',
      'apps/.tfstate',
      'app/c.tfstate',
      'net/d.tfstate',
    ];
    await seed(bench, [...states, ...others]);
    const frozen = await bench.run({ keys: 'apps/\nnamed', ...WEEK });
    expect(frozen.error).toBeUndefined();
    const { states: ends } = frozen.result;
    const keys = JSON.stringify(ends).match(/(?<="key":")[^"]*/g);
    expect(keys).toEqual([...states, 'named']);
    expect(readCode(await bench.run({ keys: 'none/', command: 'show' }))).toBe('no_state_found');
  });

  it('of a prefix with several pages are all found, and a store that repeats a page causes no endless loop', async () => {
    const bench = await openFreezeBench(motoUrl);
    const page = (key: string, next: string) =>
      `<?xml version="1.0"?><ListBucketResult><IsTruncated>${next !== ''}</IsTruncated>${
        next === '' ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`
      }<Contents><Key>apps/${key}.tfstate</Key></Contents></ListBucketResult>`;
    const serve = (answer: (token: string | undefined) => string) => {
      bench.proxy.onRequest(({ operation, path }) => {
        if (operation !== 'ListObjectsV2') return 'pass';
        const token = new URLSearchParams(path.split('?')[1]).get('continuation-token') ?? undefined;
        return { status: 200, headers: { 'content-type': 'application/xml' }, body: answer(token) };
      });
    };
    serve((token) => (token === undefined ? page('a', 't 2') : page(token === 't 2' ? 'b' : '?', '')));
    const shown = await bench.run({ keys: 'apps/', command: 'show' });
    expect(JSON.stringify(shown.result).match(/(?<="key":"apps.)\w/g)).toEqual(['a', 'b']);
    serve(() => page('a', 'same'));
    expect(readCode(await bench.run({ keys: 'apps/', command: 'show' }))).toBe('not_frozen');
  });

  it('are limited to what a step can handle', async () => {
    const bench = await openFreezeBench(motoUrl);
    const contents = Array.from(
      { length: 1_001 },
      (_, i) => `<Contents><Key>a/${i}.tfstate</Key></Contents>`,
    );
    const body = `<?xml version="1.0"?><ListBucketResult>${contents.join('')}</ListBucketResult>`;
    bench.proxy.onRequest(({ operation }) =>
      operation === 'ListObjectsV2'
        ? { status: 200, headers: { 'content-type': 'application/xml' }, body }
        : 'pass',
    );
    const refused = await bench.run({ keys: 'a/', ...WEEK });
    expect(readCode(refused)).toBe('too_many_states');
    expect(bench.proxy.requests.map(({ operation }) => operation)).toEqual(['ListObjectsV2']);
  });
});
