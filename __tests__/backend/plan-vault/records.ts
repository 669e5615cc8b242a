import type { PlanRecord } from '../../../src/backend/records/plan-record.ts';

/** When the plan of `planRecord` was made, in ms since the epoch. */
export const PLANNED_AT = Date.parse('2026-03-01T10:00:00.000Z');

const DAY_MS = 86_400_000;

/** The record of a plan that may be applied. */
export function planRecord(change: Partial<PlanRecord> = {}): PlanRecord {
  return {
    state: { bucket: 'b', key: 'app.tfstate', workspace: 'default' },
    fingerprint: 'a'.repeat(64),
    origin: {
      repository: 'acme/infra',
      modulePath: 'infra',
      commit: '1'.repeat(40),
      headCommit: '3'.repeat(40),
      tree: '2'.repeat(40),
      ref: 'refs/pull/7/merge',
      run: 'https://github.com/acme/infra/actions/runs/4711/attempts/1',
      actor: 'octocat',
      event: 'pull_request',
      isOfFork: false,
    },
    sha256: 'b'.repeat(64),
    size: 3,
    createdAt: PLANNED_AT,
    expiresAt: PLANNED_AT + 7 * DAY_MS,
    terraformVersion: '1.11.4',
    changes: undefined,
    ...change,
  };
}
