import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RoleUse, rolePolicy } from '../../scripts/policy/policies.ts';
import { decidePlanUse, type PlanUse } from '../../src/backend/plan-vault/decide-plan-use.ts';
import { summarizeChanges } from '../../src/backend/plan-vault/summarize-changes.ts';
import { type PlanRecord, parsePlanRecord, printPlanRecord } from '../../src/backend/records/plan-record.ts';
import { type PlanErrorDetails, StateError } from '../../src/backend/state-error.ts';
import { explain } from '../../src/messages/explain.ts';
import { renderPlan } from '../../src/messages/plan-summary.ts';
import { brokenOutputsText, describePlan } from '../../src/messages/plan-text.ts';
import type { OutputChanges } from '../../src/statefile/output-changes.ts';
import { planRecord } from '../backend/plan-vault/records.ts';
import { NOW, scope } from '../job-state/scopes.ts';
import { allowedBy } from '../support/iam.ts';
import { CONTROL_TEXTS } from './hostile-texts.ts';

const CONTROLS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufff9-\ufffb]/;
const PLAN_ID = '4711-1';
const PLAN = 'arn:aws:s3:::states/app.tfstate.plans/4711-1';

describe('an attacker with the role of plan jobs', () => {
  const policyFor = (use: RoleUse) =>
    JSON.stringify(
      rolePolicy(use, {
        bucket: 'states',
        key: 'app.tfstate',
        workspaces: ['default'],
        workspaceKeyPrefix: 'env:',
        region: 'eu-west-1',
        account: '1',
        table: 'locks',
        useLockfile: true,
        kmsKeyId: undefined,
        acl: 'private',
      }),
    );
  const may = (use: RoleUse, action: string, resource: string, context = {}) =>
    allowedBy(policyFor(use), { action, resource, context }).length > 0;
  const IF_ABSENT = { 's3:if-none-match': ['*'] };

  it('can store plans, but not replace or delete a plan or its record', () => {
    for (const object of [PLAN, `${PLAN}.json`]) {
      expect(may('plan', 's3:PutObject', object, IF_ABSENT)).toBe(true);
      expect(may('plan', 's3:PutObject', object)).toBe(false);
      expect(may('plan', 's3:PutObject', object, { 's3:if-match': ['"e"'] })).toBe(false);
      expect(may('plan', 's3:DeleteObject', object)).toBe(false);
    }
  });

  it("can't write the state or its lock", () => {
    for (const key of ['app.tfstate', 'app.tfstate.tflock', 'app.tfstate.rescue/1-1']) {
      expect(may('plan', 's3:PutObject', `arn:aws:s3:::states/${key}`, IF_ABSENT)).toBe(false);
    }
    const context = { 'dynamodb:LeadingKeys': ['states/app.tfstate'] };
    const table = 'arn:aws:dynamodb:eu-west-1:1:table/locks';
    expect(may('plan', 'dynamodb:PutItem', table, context)).toBe(false);
  });

  it('has the only role that writes into the vault', () => {
    for (const use of ['apply', 'hold', 'pull', 'check', 'outputs', 'unlock', 'publish', 'lock'] as const) {
      expect(may(use, 's3:PutObject', PLAN, IF_ABSENT), use).toBe(false);
    }
  });
});

describe('a forged record', () => {
  const use: PlanUse = {
    address: scope.address,
    fingerprint: 'f'.repeat(64),
    commit: '1'.repeat(40),
    tree: undefined,
    allowsOtherCommit: false,
    ttlMs: 1_000,
    now: NOW,
    storedAt: NOW - 2_000,
  };

  it("passes no gate that checks facts: another state, a changed state, the store's clock", ({ task }) => {
    task.meta.hostileInputs = 200;
    const text = fc.string({ unit: 'binary', maxLength: 80 });
    const forged = fc.record({
      fingerprint: text,
      state: fc.record({ bucket: text, key: text, workspace: text }),
      createdAt: fc.integer(),
      expiresAt: fc.integer(),
    });
    fc.assert(
      fc.property(forged, (change) => {
        const refusals = decidePlanUse(planRecord(change), use);
        expect(refusals).toEqual(expect.arrayContaining(['plan_of_other_state', 'plan_stale']));
        // Whatever time it states, the store knows when it received it.
        expect(refusals).toContain('plan_expired');
      }),
      { numRuns: 200 },
    );
  });

  it('is shown without control characters or extra lines, whatever it says', ({ task }) => {
    task.meta.hostileInputs = CONTROL_TEXTS.length;
    const lines = wordsOn('x').map((words) => words.split('\n').length);
    for (const text of CONTROL_TEXTS) {
      const words = wordsOn(text);
      for (const messages of words) expect(messages).not.toMatch(CONTROLS);
      expect(words.map((messages) => messages.split('\n').length)).toEqual(lines);
    }
  });

  it('adds no markup to the page', () => {
    const page = renderPlan(scope, {
      planId: PLAN_ID,
      record: forgedWith('</code><script>x</script>'),
      outputs: outputsNamed('</code><script>x</script>'),
      lastWrite: { at: undefined, by: { actor: '<b>', run: '<b>' } },
      codeOfLastWrite: { commit: '<b>', missing: 1 },
      before: { planId: '4710-1', record: forgedWith('<b>') },
    });
    expect(page).not.toMatch(/<script|<b>/);
  });
});

/** A record with this text in every field, as read from the vault. */
function forgedWith(text: string): PlanRecord {
  const change = { address: text, module: text, action: 'delete', deposed: text } as const;
  const record = planRecord({
    state: { bucket: text, key: text, workspace: text },
    fingerprint: text,
    origin: {
      repository: text,
      modulePath: text,
      commit: text,
      headCommit: text,
      tree: text,
      ref: text,
      run: text,
      actor: text,
      event: text,
      isOfFork: false,
    },
    terraformVersion: text,
    changes: summarizeChanges([change]),
  });
  const parsed = parsePlanRecord(Buffer.from(printPlanRecord(record)));
  if (!parsed.ok) throw new Error(parsed.detail);
  return parsed.record;
}

/** Every message about a plan whose record has this text everywhere. */
function wordsOn(text: string): string[] {
  const record = forgedWith(text);
  const of = { planId: PLAN_ID, record };
  const details: PlanErrorDetails[] = [
    { ...of, reason: 'plan_not_found' },
    { ...of, reason: 'plan_expired', expiredAt: NOW, isDeleted: true },
    { ...of, reason: 'plan_of_fork' },
    { ...of, reason: 'plan_of_other_state' },
    { ...of, reason: 'plan_of_other_commit', commit: text },
    { ...of, reason: 'plan_stale', fingerprint: 'f', current: undefined },
    { ...of, reason: 'plan_changes_unknown' },
    {
      reason: 'plan_tampered',
      planId: PLAN_ID,
      found: { kind: 'plan', record, size: 1, sha256: undefined },
    },
  ];
  const lastWrite = { at: Number.NaN, by: { actor: text, run: text } };
  return [
    ...details.map((detail) => explain(new StateError(detail, scope), NOW)),
    describePlan(PLAN_ID, record, NOW),
    brokenOutputsText(PLAN_ID, outputsNamed(text)) ?? '',
    renderPlan(scope, {
      planId: PLAN_ID,
      record,
      outputs: outputsNamed(text),
      lastWrite,
      codeOfLastWrite: undefined,
      before: of,
    }),
  ];
}

function outputsNamed(name: string): OutputChanges {
  return { removed: [name], retyped: [name], changed: [name], added: [name], isComplete: true };
}
