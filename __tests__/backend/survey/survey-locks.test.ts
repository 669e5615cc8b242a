import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../../src/backend/settings.ts';
import { surveyLocks } from '../../../src/backend/survey/survey-locks.ts';
import { openBackendOn } from '../../support/backend.ts';
import { type PagedStore, startPagedStore } from '../../support/paged-store.ts';

const INFO = (id: string) =>
  JSON.stringify({
    ID: id,
    Operation: 'apply',
    Info: '',
    Who: 'alice@host',
    Version: '1',
    Created: '2026-01-01T00:00:00Z',
    Path: '',
  });

let store: PagedStore;
let backend: Backend & { readonly table: string };

beforeAll(async () => {
  store = await startPagedStore();
  backend = openBackendOn({ bucket: 'states', table: 'locks', region: 'us-east-1' }, store.url);
});
afterAll(async () => {
  backend.aws.destroy();
  await store.stop();
});

function reset(): void {
  store.objects.clear();
  store.items.clear();
  store.requests.length = 0;
}

function putState(key: string): void {
  store.objects.set(key, '');
  store.items.set(`states/${key}-md5`, { Digest: { S: 'd41d8cd98f00b204e9800998ecf8427e' } });
}

const everything = { prefix: '', mostLocks: 2_000 };

describe('a survey of a bucket and its table', () => {
  it('finds the locks of 10,000 states with fewer than 20 requests per 1,000, and reads no state', async () => {
    reset();
    for (let i = 0; i < 10_000; i += 1) putState(`team-${i % 50}/service-${i}/terraform.tfstate`);
    for (let i = 0; i < 100; i += 1) {
      const key = `team-${i % 50}/service-${i}/terraform.tfstate`;
      if (i < 60) store.items.set(`states/${key}`, { Info: { S: INFO(`item-${i}`) } });
      if (i >= 40) store.objects.set(`${key}.tflock`, INFO(i < 60 ? `item-${i}` : `file-${i}`));
    }
    const survey = await surveyLocks(backend, everything);
    expect(survey.locks).toHaveLength(100);
    expect(survey.locks.filter(({ stores }) => stores.length === 2)).toHaveLength(20);
    expect(survey).toMatchObject({ moreLocks: 0, lonelyDigests: [], objects: 10_060 });
    const count = (operation: string) => store.requests.filter((one) => one === operation).length;
    expect({ lists: count('ListObjectsV2'), gets: count('GetObject') }).toEqual({ lists: 11, gets: 60 });
    expect(store.requests.length).toBeLessThan(10 * 20);
  });

  it('lists digests without an object, rescue copies and plan records, each under its state', async () => {
    reset();
    putState('a.tfstate');
    putState('gone.tfstate');
    putState('odd.rescue/b.tfstate');
    store.objects.delete('gone.tfstate');
    store.objects.set('a.tfstate.rescue/12-1', '');
    store.objects.set('a.tfstate.rescue/local-1-left', '');
    store.objects.set('a.tfstate.plans/12-1', '');
    store.objects.set('a.tfstate.plans/12-1.json', '');
    store.objects.set('a.tfstate.plans/notes.json', '');
    const survey = await surveyLocks(backend, everything);
    expect(survey.lonelyDigests).toEqual(['gone.tfstate']);
    expect(survey.rescueCopies.map(({ objectKey, copy }) => [objectKey, copy.key])).toEqual([
      ['a.tfstate', 'a.tfstate.rescue/12-1'],
      ['a.tfstate', 'a.tfstate.rescue/local-1-left'],
      ['odd', 'odd.rescue/b.tfstate'],
    ]);
    expect(survey.planRecords).toMatchObject([{ objectKey: 'a.tfstate', planId: '12-1' }]);
  });

  it('reports one holder in both stores as one lock, item first, and two holders as two', async () => {
    reset();
    store.items.set('states/k', {
      Info: { S: INFO('one') },
      Heartbeat: { N: '3' },
      HeartbeatSeconds: { N: '20' },
    });
    store.objects.set('k.tflock', INFO('one'));
    store.items.set('states/l', { Info: { S: INFO('two') } });
    store.objects.set('l.tflock', INFO('three'));
    const { locks } = await surveyLocks(backend, everything);
    expect(locks.map(({ address, stores }) => [address.objectKey, stores.map(({ store: s }) => s)])).toEqual([
      ['k', ['item', 'file']],
      ['l', ['item']],
      ['l', ['file']],
    ]);
    expect(locks[0]?.stores[0].heartbeat).toEqual({ beats: 3, intervalMs: 20_000 });
  });

  it('covers only what is below the prefix, and no more locks than the limit', async () => {
    reset();
    for (const key of ['apps/a', 'apps/b', 'apps/c', 'net/a']) {
      store.items.set(`states/${key}`, { Info: { S: INFO(key) } });
      store.objects.set(`${key}.tflock`, INFO(`${key} file`));
    }
    const all = await surveyLocks(backend, { prefix: 'apps/', mostLocks: 2_000 });
    expect(all.locks.map(({ address }) => address.objectKey)).toEqual(
      ['a', 'a', 'b', 'b', 'c', 'c'].map((name) => `apps/${name}`),
    );
    const some = await surveyLocks(backend, { prefix: 'apps/', mostLocks: 4 });
    expect(some.locks).toHaveLength(4);
    expect(some.moreLocks).toBe(2);
    expect((await surveyLocks(backend, { prefix: 'other', mostLocks: 1 })).locks).toEqual([]);
  });

  it('lists only lock files without a table', async () => {
    reset();
    store.objects.set('k.tflock', 'not a lock info');
    const { locks } = await surveyLocks({ ...backend, table: undefined }, everything);
    expect(locks[0]?.stores[0].holder).toMatchObject({ raw: 'not a lock info', info: undefined });
    expect(store.requests).toEqual(['ListObjectsV2', 'GetObject']);
  });
});
