import { describe, expect, it } from 'vitest';
import { stateAddress } from '../../../src/backend/address.ts';
import { decidePlanUse, type PlanUse } from '../../../src/backend/plan-vault/decide-plan-use.ts';
import type { PlanOrigin, PlanRecord } from '../../../src/backend/records/plan-record.ts';
import { PLANNED_AT, planRecord } from './records.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const use: PlanUse = {
  address: stateAddress({
    bucket: 'b',
    key: 'app.tfstate',
    workspace: 'default',
    workspaceKeyPrefix: 'env:',
  }),
  fingerprint: 'a'.repeat(64),
  commit: '1'.repeat(40),
  tree: '2'.repeat(40),
  allowsOtherCommit: false,
  ttlMs: 7 * DAY_MS,
  now: PLANNED_AT + HOUR_MS,
  storedAt: PLANNED_AT,
};
const decide = (record: Partial<PlanRecord>, change: Partial<PlanUse> = {}) =>
  decidePlanUse(planRecord(record), { ...use, ...change });
const ofOrigin = (change: Partial<PlanOrigin>) => ({ origin: { ...planRecord().origin, ...change } });
const OTHER = '9'.repeat(40);

describe('a plan may be applied', () => {
  it.each<[string, Partial<PlanRecord>, Partial<PlanUse>]>([
    ['on the state and commit it was made from', {}, {}],
    ['when there is no state yet', { fingerprint: 'no-state' }, { fingerprint: 'no-state' }],
    ['on another commit with the same files: a merge that changed nothing else', {}, { commit: OTHER }],
    ['on the same commit when the tree is unknown', ofOrigin({ tree: undefined }), { tree: undefined }],
    ['on another commit when that is allowed', {}, { commit: OTHER, tree: OTHER, allowsOtherCommit: true }],
    ['until the moment it expires', {}, { now: PLANNED_AT + 7 * DAY_MS - 1 }],
    ['when the store sent no date', {}, { storedAt: undefined }],
  ])('%s', (_, record, change) => {
    expect(decide(record, change)).toEqual([]);
  });
});

describe('a plan is refused', () => {
  it.each<[string, Partial<PlanRecord>, Partial<PlanUse>, string]>([
    ['when the state has changed', {}, { fingerprint: 'c'.repeat(64) }, 'plan_stale'],
    ['when the state is gone', {}, { fingerprint: 'no-state' }, 'plan_stale'],
    ['when a state has been created', { fingerprint: 'no-state' }, {}, 'plan_stale'],
    ['for a commit with other files', {}, { commit: OTHER, tree: OTHER }, 'plan_of_other_commit'],
    [
      'for another commit when the plan records no tree',
      ofOrigin({ tree: undefined }),
      { commit: OTHER },
      'plan_of_other_commit',
    ],
    [
      'for another commit when this checkout has no known tree',
      {},
      { commit: OTHER, tree: undefined },
      'plan_of_other_commit',
    ],
    [
      'when neither commit is known',
      ofOrigin({ commit: '', tree: undefined }),
      { commit: '', tree: undefined },
      'plan_of_other_commit',
    ],
    [
      'for another key',
      { state: { bucket: 'b', key: 'x', workspace: 'default' } },
      {},
      'plan_of_other_state',
    ],
    [
      'for another bucket',
      { state: { bucket: 'c', key: 'app.tfstate', workspace: 'default' } },
      {},
      'plan_of_other_state',
    ],
    [
      'for another workspace',
      { state: { bucket: 'b', key: 'app.tfstate', workspace: 'dev' } },
      {},
      'plan_of_other_state',
    ],
    [
      'from a fork, whatever the inputs allow',
      ofOrigin({ isOfFork: true }),
      { allowsOtherCommit: true },
      'plan_of_fork',
    ],
    ['at its expiry', {}, { now: PLANNED_AT + 7 * DAY_MS }, 'plan_expired'],
    ['sooner when this job says so', {}, { ttlMs: HOUR_MS }, 'plan_expired'],
    ['sooner when the planning job said so', { expiresAt: PLANNED_AT + 1 }, {}, 'plan_expired'],
    [
      "by the store's clock, whatever the date",
      { createdAt: PLANNED_AT + 900 * DAY_MS, expiresAt: PLANNED_AT + 999 * DAY_MS },
      { now: PLANNED_AT + 7 * DAY_MS },
      'plan_expired',
    ],
  ])('%s', (_, record, change, reason) => {
    expect(decide(record, change)).toEqual([reason]);
  });

  it("with all reasons at once, starting with the one that can't be fixed", () => {
    const record = { ...ofOrigin({ isOfFork: true }), state: { bucket: 'c', key: 'x', workspace: 'y' } };
    const change = { commit: OTHER, tree: OTHER, fingerprint: 'no-state', ttlMs: 1 };
    expect(decide(record, change)).toEqual([
      'plan_of_fork',
      'plan_of_other_state',
      'plan_expired',
      'plan_of_other_commit',
      'plan_stale',
    ]);
  });
});
