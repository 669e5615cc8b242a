import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { migrate } from '../../../src/steps/migrate/migrate.ts';
import { fixtureInputs, runInProcess } from '../../support/in-process-step.ts';
import { addStatesUnderBothLocks, addVersionsBeside } from '../../support/paged-fleet.ts';
import { type PagedStore, startPagedStore } from '../../support/paged-store.ts';

const LOCATION = { bucket: 'states', table: 'locks', region: 'us-east-1' };

let store: PagedStore;
beforeAll(async () => {
  store = await startPagedStore();
});
beforeEach(() => {
  store.requests.length = 0;
});
afterAll(() => store.stop());

/** The requests of a report, by operation. */
async function countRequests(inputs: Record<string, string>) {
  const location = fixtureInputs({ ...LOCATION, roleArn: '' }, store.url);
  const { outputs } = await runInProcess(migrate, {
    ...location,
    skip_credentials_validation: 'true',
    command: 'report',
    ...inputs,
  });
  const { state_count, open_count } = outputs;
  const counts: Record<string, number> = {};
  for (const operation of store.requests) counts[operation] = (counts[operation] ?? 0) + 1;
  return { states: state_count, open: open_count, counts };
}

it('a quick report of 1,100 states takes one request for a thousand objects and one for the table', async () => {
  addStatesUnderBothLocks(store, 1_100);
  expect(await countRequests({ depth: 'quick' })).toEqual({
    states: '1100',
    open: '1100',
    counts: { Scan: 1, ListObjectsV2: 2 },
  });
});

it('a full report of 1,100 states adds one request for 250 states, as long as a page has their versions', async () => {
  // The 22 states of one team.
  expect(await countRequests({ key_prefix: 'team-7/' })).toEqual({
    states: '22',
    open: '0',
    counts: { Scan: 1, ListObjectsV2: 1, ListObjectVersions: 1 },
  });
  store.requests.length = 0;
  expect(await countRequests({})).toEqual({
    states: '1100',
    open: '0',
    counts: { Scan: 1, ListObjectsV2: 2, ListObjectVersions: 5 },
  });
});

it('a full report reads states with far more versions one by one, after a look at one page', async () => {
  for (const key of store.objects.keys()) {
    if (key.startsWith('team-8/')) addVersionsBeside(store, key, 400);
  }
  expect(await countRequests({ key_prefix: 'team-8/' })).toEqual({
    states: '22',
    open: '0',
    counts: { Scan: 1, ListObjectsV2: 1, ListObjectVersions: 1 + 20 },
  });
});
