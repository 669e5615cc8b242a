import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type {
  KeyedVersion,
  ListVersionsAfter,
  VersionMarker,
} from '../../../src/backend/state/list-versions.ts';
import { traceLockFile } from '../../../src/backend/survey/lock-file-trail.ts';
import { readTrailsInBulk } from '../../../src/backend/survey/trails-in-bulk.ts';

/** The versions of a bucket in S3's order: by the bytes of the key, then the newest first. */
type Bucket = readonly KeyedVersion[];

const NO_LIMIT = 0;
const toTrailKeys = (objectKey: string) => ({ objectKey, lockFileKey: `${objectKey}.tflock` });
const byBytes = (one: string, other: string) => Buffer.compare(Buffer.from(one), Buffer.from(other));

/** Each key has so many versions, every third of which is a delete marker. */
function fill(counts: ReadonlyMap<string, number>): Bucket {
  return [...counts]
    .sort(([one], [other]) => byBytes(one, other))
    .flatMap(([key, count]) =>
      Array.from({ length: count }, (_, i): KeyedVersion => {
        const kind = i % 3 === 1 ? 'delete_marker' : 'state';
        const time = new Date(1_000_000 - i * 1_000 - key.length);
        return { key, kind, versionId: `v${count - i}`, isCurrent: i === 0, time, size: undefined };
      }),
    );
}

/** Lists a bucket as S3 does, and counts the pages. */
function serve(bucket: Bucket, pageSize: number) {
  const asked: (VersionMarker | undefined)[] = [];
  const isAfter = ({ key, versionId }: KeyedVersion, after: VersionMarker): boolean => {
    const order = byBytes(key, after.key);
    if (order !== 0 || after.versionId === undefined) return order > 0;
    return Number(versionId.slice(1)) < Number(after.versionId.slice(1));
  };
  const list: ListVersionsAfter = async (after) => {
    asked.push(after);
    const rest = after === undefined ? bucket : bucket.filter((one) => isAfter(one, after));
    const page = rest.slice(0, pageSize);
    const last = page.at(-1);
    const next = rest.length > page.length ? last : undefined;
    return {
      states: page.filter(({ kind }) => kind === 'state'),
      markers: page.filter(({ kind }) => kind === 'delete_marker'),
      next: next && { key: next.key, versionId: next.versionId },
    };
  };
  return { list, asked };
}

function traceOne(bucket: Bucket, { objectKey, lockFileKey }: ReturnType<typeof toTrailKeys>) {
  const select = (key: string) => ({
    versions: bucket.filter((one) => one.key === key && one.kind === 'state'),
    markers: bucket.filter((one) => one.key === key && one.kind === 'delete_marker'),
  });
  return traceLockFile(select(objectKey), select(lockFileKey));
}

describe('trails that are read in bulk', () => {
  const key = fc.constantFrom('a', 'a-b', 'a.b', 'a/b', 'a.tfl', 'b', 'ä', 'z', '\uffee', '😀', 'a.tflock');
  const state = fc.record({ key, versions: fc.integer({ min: 1, max: 4 }), locks: fc.nat(4) });
  const other = fc.record({
    key: fc.constantFrom('a.backup/1-x', 'a.plans/1', 'aa', '0', '😀😀'),
    versions: fc.nat(6),
  });

  it('are those that single requests give, whatever lies between and wherever pages end', async () => {
    const fleets = fc.record({
      states: fc.uniqueArray(state, { selector: ({ key }) => key }),
      others: fc.uniqueArray(other, { selector: ({ key }) => key }),
      pageSize: fc.integer({ min: 1, max: 7 }),
    });
    await fc.assert(
      fc.asyncProperty(fleets, async ({ states, others, pageSize }) => {
        const counts = new Map(others.map(({ key, versions }): [string, number] => [key, versions]));
        for (const { key, locks } of states) counts.set(`${key}.tflock`, locks);
        for (const { key, versions } of states) counts.set(key, versions);
        const bucket = fill(counts);
        const wanted = states.map(({ key }) => toTrailKeys(key));
        const { list, asked } = serve(bucket, pageSize);
        const trails = await readTrailsInBulk(list, wanted, NO_LIMIT);
        for (const [objectKey, trail] of trails) {
          expect(trail, objectKey).toEqual(traceOne(bucket, toTrailKeys(objectKey)));
        }
        const ordinary = wanted.filter(({ objectKey }) => !/[\ud800-\uffff]/.test(objectKey));
        expect([...trails.keys()].sort()).toEqual(ordinary.map(({ objectKey }) => objectKey).sort());
        expect(asked.length).toBeLessThanOrEqual(Math.ceil(bucket.length / pageSize) + 1);
      }),
      { numRuns: 150 },
    );
  });

  it('skip what lies between the states', async () => {
    const counts = new Map([
      ['a', 3],
      ['a.backup/1-x', 500],
      ['a.tflock', 3],
      ['b', 3],
      ['b.tflock', 3],
    ]);
    const { list, asked } = serve(fill(counts), 10);
    expect((await readTrailsInBulk(list, [toTrailKeys('a'), toTrailKeys('b')], NO_LIMIT)).size).toBe(2);
    expect(asked).toHaveLength(2);
  });

  it('use the newest thousand versions of a key, as single requests do', async () => {
    const counts = new Map([
      ['a', 5_000],
      ['a.tflock', 5_000],
      ['b', 1],
    ]);
    const { list, asked } = serve(fill(counts), 1_000);
    const trail = (await readTrailsInBulk(list, [toTrailKeys('a'), toTrailKeys('b')], NO_LIMIT)).get('a');
    expect(trail?.writes.length).toBeGreaterThanOrEqual(600);
    expect(asked).toHaveLength(3);
  });

  it('stop when a page brings few states, and keep those that are whole', async () => {
    const states = Array.from({ length: 30 }, (_, i) => toTrailKeys(`s${String(i).padStart(2, '0')}`));
    const few = new Map(states.slice(0, 10).map(({ objectKey }) => [objectKey, 1]));
    const many = new Map(
      states.slice(10).flatMap(
        ({ objectKey, lockFileKey }) =>
          [
            [objectKey, 40],
            [lockFileKey, 40],
          ] as const,
      ),
    );
    const { list, asked } = serve(fill(new Map([...few, ...many])), 100);
    expect((await readTrailsInBulk(list, states)).size).toBe(12);
    expect(asked).toHaveLength(2);
  });

  it('are left out where a store leaves out the first version after a position', async () => {
    const states = ['a', 'b', 'c'].map(toTrailKeys);
    const bucket = fill(
      new Map(
        states.flatMap(
          ({ objectKey, lockFileKey }) =>
            [
              [objectKey, 3],
              [lockFileKey, 3],
            ] as const,
        ),
      ),
    );
    const { list } = serve(bucket, 100);
    const lossy: ListVersionsAfter = async (after) => {
      const page = await list(after === undefined ? { key: '0', versionId: undefined } : after);
      return page && { ...page, states: page.states.slice(1) };
    };
    expect([...(await readTrailsInBulk(lossy, states, NO_LIMIT)).keys()]).toEqual(['b', 'c']);
  });

  it('are not used from a store that lists no versions, or in another order', async () => {
    const states = [toTrailKeys('a'), toTrailKeys('b')];
    expect((await readTrailsInBulk(async () => undefined, states)).size).toBe(0);
    const bucket = fill(
      new Map([
        ['a', 1],
        ['a.tflock', 1],
        ['b', 1],
      ]),
    ).toReversed();
    let from = 0;
    const list: ListVersionsAfter = async () => {
      const [one] = bucket.slice(from, from + 1);
      from += 1;
      if (one === undefined) throw new Error('asked too often');
      return { states: [one], markers: [], next: { key: one.key, versionId: one.versionId } };
    };
    expect((await readTrailsInBulk(list, states, NO_LIMIT)).size).toBe(0);
  });
});
