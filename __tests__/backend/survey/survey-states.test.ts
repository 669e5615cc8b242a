import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../../src/backend/settings.ts';
import { traceLockFile, wasLockFileThere } from '../../../src/backend/survey/lock-file-trail.ts';
import { surveyStates } from '../../../src/backend/survey/survey-states.ts';
import { openBackendOn } from '../../support/backend.ts';
import { type PagedStore, startPagedStore } from '../../support/paged-store.ts';

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

describe('a survey of states', () => {
  it('finds 5,000 states in under 20 requests per 1,000, and reads none', async () => {
    for (let i = 0; i < 5_000; i += 1) {
      const key = `team-${i % 50}/service-${i}/terraform.tfstate`;
      store.objects.set(key, '');
      store.items.set(`states/${key}-md5`, { Digest: { S: 'd41d8cd98f00b204e9800998ecf8427e' } });
    }
    store.objects.set('team-1/service-1/terraform.tfstate.tflock', '');
    store.objects.set('team-1/notes.txt', '');
    const range = { prefix: '', table: 'locks', mostStates: 4_000 };
    const { states, moreStates } = await surveyStates(backend, range);
    expect([states.length, moreStates]).toEqual([4_000, 1_000]);
    expect(states.filter(({ hasLockFile }) => hasLockFile)).toMatchObject([
      { objectKey: 'team-1/service-1/terraform.tfstate', digest: { stored: expect.any(String) } },
    ]);
    expect(store.requests).not.toContain('GetObject');
    expect(store.requests.length).toBeLessThan(5 * 20);
  });
});

describe('the trail of a lock file', () => {
  const version = (kind: 'state' | 'delete_marker', second: number, isCurrent = false) => ({
    key: 'k',
    kind,
    versionId: `v${second}`,
    isCurrent,
    time: new Date(second * 1000),
    size: undefined,
  });
  const trace = (puts: number[], deletes: number[], isLocked = false) =>
    traceLockFile(
      { versions: [version('state', 10)], markers: [] },
      {
        versions: puts.map((second, i) => version('state', second, isLocked && i === puts.length - 1)),
        markers: deletes.map((second) => version('delete_marker', second)),
      },
    );

  it.each([
    ['around the write', [9], [11], false, true],
    ['in the second of the write', [10], [10], false, true],
    ['before it', [7], [9], false, false],
    ['after it', [11], [12], false, false],
    ['still there', [9], [], true, true],
    ['replaced before it, and still there', [5, 8], [], true, true],
    ['taken anew in the second in which it was freed', [7, 8], [8, 12], false, true],
    ['freed and taken in one second, then freed before the write', [7, 8], [8, 9], false, false],
    ['never there', [], [], false, false],
  ] as const)('%s', (_, puts, deletes, isLocked, isThere) => {
    const trail = trace([...puts], [...deletes], isLocked);
    expect(wasLockFileThere(trail, 10_000)).toBe(isThere);
    expect(trail.writes).toEqual([{ at: 10_000, isVersioned: true }]);
  });
});
