import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  collectVersions,
  type KeyedVersion,
  type ListVersionsAfter,
  listVersionsPage,
  toObjectVersion,
} from '../../../src/backend/state/list-versions.ts';
import { openBackendOn } from '../../support/backend.ts';
import { startLocalServer } from '../../support/local-server.ts';

const KEY = 'app.tfstate';

/** The versions of a key, newest first, each from what it is; the newest is `v0`. */
function makeVersions(key: string, kinds: readonly KeyedVersion['kind'][]): KeyedVersion[] {
  return kinds.map((kind, i) => ({
    key,
    kind,
    versionId: `${key}-v${i}`,
    isCurrent: i === 0,
    time: new Date(1_000_000 - i * 1_000),
    size: kind === 'state' ? 7 : undefined,
  }));
}

/** A store with these versions and pages of `size` versions; `requests` counts the requests. */
function fakeStore(versions: readonly KeyedVersion[], size: number) {
  const counted = { requests: 0 };
  const list: ListVersionsAfter = async (after) => {
    counted.requests += 1;
    const start = versions.findIndex(({ versionId }) => versionId === after?.versionId) + 1;
    const page = versions.slice(start, start + size);
    const last = page.at(-1);
    const isEnd = last === undefined || start + size >= versions.length;
    return {
      states: page.filter(({ kind }) => kind === 'state'),
      markers: page.filter(({ kind }) => kind === 'delete_marker'),
      next: isEnd ? undefined : { key: last.key, versionId: last.versionId },
    };
  };
  return { list, counted };
}

describe('the versions of a state', () => {
  it('are those of its key alone, newest first, with delete markers in between, whatever the page size', async () => {
    const kinds = fc.array(fc.constantFrom('state', 'delete_marker'), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(
        kinds,
        kinds,
        fc.integer({ min: 1, max: 5 }),
        fc.nat(14),
        async (own, other, size, most) => {
          const ours = makeVersions(KEY, own);
          const { list } = fakeStore([...ours, ...makeVersions(`${KEY}.tflock`, other)], size);
          const found = await collectVersions(list, KEY, most);
          const expected = ours.slice(0, most).map(({ versionId }) => versionId);
          expect(found?.map(({ versionId }) => versionId)).toEqual(expected);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('cost no request for versions of other objects, and none beyond the number wanted', async () => {
    const lockFile = makeVersions(`${KEY}.tflock`, Array(5_000).fill('state'));
    const few = fakeStore([...makeVersions(KEY, ['state', 'state']), ...lockFile], 1_000);
    await collectVersions(few.list, KEY, 10_000);
    expect(few.counted.requests).toBe(1);
    const many = fakeStore(makeVersions(KEY, Array(5_000).fill('state')), 1_000);
    expect(await collectVersions(many.list, KEY, 21)).toHaveLength(21);
    expect(many.counted.requests).toBe(1);
  });

  it('end when a store returns the same marker again', async () => {
    const [first] = makeVersions(KEY, ['state']);
    const states = first === undefined ? [] : [first];
    const list: ListVersionsAfter = async () => ({
      states,
      markers: [],
      next: { key: KEY, versionId: 'again' },
    });
    expect(await collectVersions(list, KEY, 1_000)).toHaveLength(2);
  });

  it('are read by their ids, except in a bucket without versions', () => {
    const version = { kind: 'state', time: undefined, size: 1 } as const;
    expect(
      toObjectVersion({ objectKey: KEY }, { ...version, versionId: 'null', isCurrent: true }).versionId,
    ).toBeUndefined();
    expect(
      toObjectVersion({ objectKey: KEY }, { ...version, versionId: 'null', isCurrent: false }).versionId,
    ).toBe('null');
    expect(
      toObjectVersion({ objectKey: KEY }, { ...version, versionId: 'a', isCurrent: true }).versionId,
    ).toBe('a');
  });
});

it('a page that ends between two keys may name no version, and the list goes on after the key', async () => {
  const positions: (string | null)[][] = [];
  const server = await startLocalServer((request, response) => {
    const query = new URL(request.url ?? '', 'http://store').searchParams;
    positions.push([query.get('key-marker'), query.get('version-id-marker')]);
    const next = positions.length === 1 ? '<NextKeyMarker>a b.tfstate</NextKeyMarker>' : '';
    response.end(`<ListVersionsResult><IsTruncated>${next !== ''}</IsTruncated>${next}</ListVersionsResult>`);
  });
  const backend = openBackendOn({ bucket: 'states', table: 'locks', region: 'us-east-1' }, server.url);
  onTestFinished(async () => {
    backend.aws.destroy();
    await server.stop();
  });
  const first = await listVersionsPage(backend, '', undefined);
  expect(first?.next).toEqual({ key: 'a b.tfstate', versionId: undefined });
  expect((await listVersionsPage(backend, '', first?.next))?.next).toBeUndefined();
  expect(positions).toEqual([
    [null, null],
    ['a b.tfstate', null],
  ]);
});
