import { describe, expect, it } from 'vitest';
import type { PlanErrorDetails } from '../../src/backend/state-error.ts';
import { describeScope } from '../../src/connection/connect-backend.ts';
import { explainPlan } from '../../src/messages/explain-plan.ts';
import { PLANNED_AT, planRecord } from '../backend/plan-vault/records.ts';
import { readBackend } from '../job-state/support.ts';

const scope = describeScope(readBackend().settings, {});
const planId = '4711-1';
const record = planRecord();
const hostile = '::error::x\n\u001b[31m##[group]';
const provenance = { run: hostile, actor: hostile, lockId: 'l', md5: 'm' };
const current = { etag: hostile, versionId: undefined, lastModified: undefined, provenance };
const origin = { ...record.origin, run: hostile, actor: hostile, ref: hostile, commit: hostile };
const forged = planRecord({
  origin,
  fingerprint: hostile,
  state: { bucket: hostile, key: hostile, workspace: hostile },
});

const ALL: readonly PlanErrorDetails[] = [
  { reason: 'plan_not_found', planId, record: undefined },
  { reason: 'plan_not_found', planId, record: forged },
  { reason: 'plan_tampered', planId, found: { kind: 'record', detail: hostile } },
  { reason: 'plan_tampered', planId, found: { kind: 'plan', record: forged, size: 9, sha256: undefined } },
  { reason: 'plan_tampered', planId, found: { kind: 'plan', record: forged, size: 3, sha256: 'c' } },
  { reason: 'plan_expired', planId, record: forged, expiredAt: Number.NaN, isDeleted: true },
  { reason: 'plan_of_fork', planId, record: forged },
  { reason: 'plan_of_other_state', planId, record: forged },
  { reason: 'plan_of_other_commit', planId, record: forged, commit: 'c' },
  { reason: 'plan_stale', planId, record: forged, fingerprint: 'f', current },
  { reason: 'plan_changes_unknown', planId, record: forged },
  { reason: 'plan_id_taken', planId, current },
  { reason: 'plan_not_stored', planId, cause: undefined },
];

describe("a plan that can't be used", () => {
  it.each(ALL)(
    '$reason: names the plan in a self-contained first line, without control characters',
    (details) => {
      const text = explainPlan(scope, details);
      const [first = ''] = text.split('\n');
      expect(first).toContain(planId);
      expect(first.length).toBeLessThan(300);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape is what must not be there
      expect(text).not.toMatch(/\u001b|^::error/m);
    },
  );

  it('is not found in any attempt of its run', () => {
    const details = { reason: 'plan_not_found', planId: '4711-latest', record: undefined } as const;
    const [first = ''] = explainPlan(scope, details).split('\n');
    expect(first).toContain('There is no plan 4711-latest for this state: no attempt of that run stored one');
  });

  it("may be a fork's when a comment triggered it, and the message claims no more", () => {
    const ofComment = planRecord({ origin: { ...record.origin, event: 'issue_comment', isOfFork: true } });
    expect(explainPlan(scope, { reason: 'plan_of_fork', planId, record: ofComment })).toContain(
      "in a run for a comment on a pull request, which may be a fork's, so no job may apply it",
    );
  });

  it('that is stale: the message says who changed the state and who made the plan', () => {
    const moved = { run: 'https://x/runs/9', actor: 'hubot', lockId: 'l', md5: 'm' };
    const now = { etag: '"e"', versionId: undefined, lastModified: new Date(PLANNED_AT), provenance: moved };
    const text = explainPlan(scope, { reason: 'plan_stale', planId, record, fingerprint: 'f', current: now });
    const lines = text.split('\n');
    expect(lines[1]).toMatch(/^Plan again on the current state/);
    expect(lines[2]).toBe('The state was last written at 2026-03-01T10:00:00Z by hubot in https://x/runs/9.');
    expect(lines[3]).toContain('made at 2026-03-01T10:00:00Z for refs/pull/7/merge by octocat in');
    expect(text).not.toMatch(/ETag|\.\d{3}Z/);
  });
});
