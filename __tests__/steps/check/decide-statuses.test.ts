import { describe, expect, it } from 'vitest';
import type { PlanRecord } from '../../../src/backend/records/plan-record.ts';
import { NO_STATE } from '../../../src/job-state/state-fingerprint.ts';
import { compareWithRecord } from '../../../src/steps/check/compare-state.ts';
import { decideStatuses, isAsGiven, type VaultPlan } from '../../../src/steps/check/decide-statuses.ts';
import { PLANNED_AT, planRecord } from '../../backend/plan-vault/records.ts';
import { readBackend } from '../../job-state/support.ts';

const { address } = readBackend().settings;
const STATE = { bucket: address.bucket, key: address.objectKey, workspace: address.workspace };
const CONTEXT = {
  address,
  repository: 'acme/infra',
  serverUrl: 'https://github.com',
  now: PLANNED_AT + 1,
};
const HEAD = '3'.repeat(40);
const RUN = planRecord().origin.run;

/** A plan for a state that doesn't exist yet, with these changes. */
function plan(
  change: Partial<PlanRecord> = {},
  origin: Partial<PlanRecord['origin']> = {},
  storedAt = 1,
): VaultPlan {
  const record = planRecord({ state: STATE, fingerprint: NO_STATE, ...change });
  return {
    planId: `${storedAt}-1`,
    storedAt,
    record: { ...record, origin: { ...record.origin, ...origin } },
  };
}

const decide = (plans: readonly VaultPlan[], heads = [{ number: 7, sha: HEAD }]) =>
  decideStatuses(heads, plans, CONTEXT, undefined);

describe('the status of a pull request', () => {
  it('is a success when its plan fits, and links to the planning run', () => {
    expect(decide([plan()])).toEqual([
      {
        number: 7,
        sha: HEAD,
        planId: '1-1',
        misfit: undefined,
        status: { state: 'success', description: 'The plan fits: there is no state yet', targetUrl: RUN },
      },
    ]);
  });

  it.each<[string, Partial<PlanRecord>, string]>([
    ['plan_stale', { fingerprint: 'a'.repeat(64) }, 'The state is gone: plan again'],
    ['plan_expired', { expiresAt: PLANNED_AT }, 'The plan expired at 2026-03-01T10:00:00Z: plan again'],
    ['plan_of_other_state', { state: { ...STATE, key: 'x' } }, 'The plan is for another state'],
  ])('is a failure for %s', (reason, change, description) => {
    const [checked] = decide([plan(change)]);
    expect(checked).toMatchObject({ misfit: { reason }, status: { state: 'failure', description } });
  });

  it('depends on the newest plan of the head, in whatever order plans are listed', () => {
    const old = plan({ fingerprint: 'a'.repeat(64) }, {}, 1);
    const fresh = plan({}, {}, 2);
    for (const plans of [
      [old, fresh],
      [fresh, old],
    ]) {
      expect(decide(plans)).toMatchObject([{ planId: '2-1', status: { state: 'success' } }]);
    }
  });

  it('finds the plan of a push by its commit, and of a pull request by its head', () => {
    const pushed = plan({}, { commit: HEAD, headCommit: undefined });
    expect(decide([pushed])).toHaveLength(1);
    expect(decide([plan({}, { commit: HEAD, headCommit: '9'.repeat(40) })])).toEqual([]);
  });

  it.each<[string, Partial<PlanRecord['origin']>]>([
    ['of a fork', { isOfFork: true }],
    ['of another repository', { repository: 'acme/other' }],
    ['of another commit', { headCommit: '4'.repeat(40) }],
    ['of no commit', { headCommit: undefined, commit: '' }],
  ])('is not set by a plan %s', (_, origin) => {
    expect(decide([plan({}, origin)])).toEqual([]);
    expect(decide([plan({}, origin)], [{ number: 7, sha: '' }])).toEqual([]);
  });

  it('links to no other server', () => {
    for (const run of ['https://evil.example/x', 'javascript:alert(1)', 'https://github.com.evil.example/']) {
      expect(decide([plan({}, { run })])).toMatchObject([{ status: { targetUrl: '' } }]);
    }
  });

  it('is set again only when it changes', () => {
    const [checked] = decide([plan()]);
    if (checked === undefined) throw new Error('no status');
    const { status } = checked;
    expect(isAsGiven(status, { ...status })).toBe(true);
    expect(isAsGiven(status, undefined)).toBe(false);
    for (const change of [{ state: 'failure' }, { description: 'x' }, { targetUrl: '' }]) {
      expect(isAsGiven(status, { ...status, ...change })).toBe(false);
    }
  });
});

it("a record that is missing or can't be used fits nothing", () => {
  const now = { address, now: PLANNED_AT };
  expect(compareWithRecord('1-1', { kind: 'missing' }, now, undefined).misfits).toEqual([
    { reason: 'plan_not_found', planId: '1-1', record: undefined },
  ]);
  const detail = 'it is not complete JSON';
  expect(compareWithRecord('1-1', { kind: 'unreadable', detail }, now, undefined).misfits).toEqual([
    { reason: 'plan_tampered', planId: '1-1', found: { kind: 'record', detail } },
  ]);
});
