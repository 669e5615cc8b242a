import { describe, expect, it } from 'vitest';
import { summarizeChanges } from '../../src/backend/plan-vault/summarize-changes.ts';
import { type MadePlan, renderPlan } from '../../src/messages/plan-summary.ts';
import type { PlannedAction, PlannedChange } from '../../src/statefile/plan-changes.ts';
import { planRecord } from '../backend/plan-vault/records.ts';
import { scope } from '../job-state/scopes.ts';

const change = (address: string, action: PlannedAction, module = ''): PlannedChange => ({
  address,
  module,
  action,
  deposed: undefined,
});
const FINGERPRINT = 'f0'.repeat(32);
const RUN = 'https://github.com/acme/infra/actions/runs/9/attempts/1';
const WRITE = { at: Date.UTC(2026, 0, 2, 3, 4, 5, 678), by: { actor: 'bob', run: RUN } };
const render = (
  changes: readonly PlannedChange[] | undefined,
  lastWrite?: MadePlan['lastWrite'],
  before?: MadePlan['before'],
  outputs?: MadePlan['outputs'],
  codeOfLastWrite?: MadePlan['codeOfLastWrite'],
) => {
  const record = { fingerprint: FINGERPRINT, changes: changes && summarizeChanges(changes) };
  return renderPlan(scope, { planId: '4711-1', record, outputs, lastWrite, codeOfLastWrite, before });
};

describe('the summary of a plan for its approver', () => {
  it('lists destroyed and replaced resources first, then all by module, with the state of the plan', () => {
    const text = render(
      [
        change('a.new', 'create'),
        change('module.db.a.main', 'replace', 'module.db'),
        change('a.same', 'no-op'),
        change('a.gone', 'delete'),
      ],
      WRITE,
    );
    expect(text).toContain('### 📋 Plan 4711-1: 2 to add, 0 to change, 2 to destroy');
    expect(text).toContain(`<code>${'f0'.repeat(32)}</code>`);
    expect(text).toContain(
      `<td>2026-01-02T03:04:05Z by <code>bob</code> in <a href="${RUN}"><code>acme/infra run 9</code></a></td>`,
    );
    const summaries = Array.from(text.matchAll(/<summary>(.*?)<\/summary>/g), ([, title]) => title);
    expect(summaries).toEqual(['❌ 2 destroyed or replaced', 'root module: 2', '<code>module.db</code>: 1']);
    expect(text).toContain('<li><code>module.db.a.main</code> ❌ replaced</li>');
    expect(text).not.toContain('a.same');
  });

  it.each([
    [0, "commit <code>6dcb09b</code>, which is part of this plan's code"],
    [1, "<strong>this plan's code lacks a commit of it</strong>: the plan may undo what they changed"],
    [3, "<strong>this plan's code lacks 3 commits of it</strong>: the plan may undo what they changed"],
  ])('says whether the planned code contains that of the last write: %i missing', (missing, text) => {
    const commit = '6dcb09b5b57875f334f61aebed695e2e4193db5e';
    expect(render([], WRITE, undefined, undefined, { commit, missing })).toContain(text);
    expect(render([], WRITE)).not.toContain('Code of the last write');
  });

  it('says whether the state has changed since the plan before of the same pull request, and what that did', () => {
    const did = summarizeChanges([change('a.old', 'create')]);
    const plan = { planId: '4710-1', record: planRecord({ changes: did }) };
    const moved = render([], WRITE, plan);
    expect(moved).toContain(
      '<strong>the state has changed</strong> since plan <code>4710-1</code> of 2026-03-01T10:00:00Z, 1 to add, 0 to change, 0 to destroy; its last write is above',
    );
    expect(render([], undefined, plan)).toContain('; the state no longer exists');
    const same = { planId: '4710-1', record: planRecord({ fingerprint: FINGERPRINT }) };
    expect(render([], WRITE, same)).toContain(
      'the state has not changed since plan <code>4710-1</code> of 2026-03-01T10:00:00Z',
    );
    expect(render([])).not.toContain('Since the last plan');
  });

  it('lists outputs, first those that break their readers, and only then opens the list', () => {
    const none = { removed: [], retyped: [], changed: [], added: [], isComplete: true };
    const broken = render([], WRITE, undefined, {
      removed: ['gone'],
      retyped: ['other<b>'],
      changed: ['moved'],
      added: ['fresh'],
      isComplete: false,
    });
    expect(broken).toContain(
      '<details open><summary>❌ removed or retyped outputs: 2. Jobs that read them will fail</summary>',
    );
    expect(Array.from(broken.matchAll(/<li>(.*?)<\/li>/g), ([, item]) => item)).toEqual([
      '<code>gone</code> ❌ removed',
      '<code>other&lt;b&gt;</code> ❌ retyped',
      '<code>moved</code> changed',
      '<code>fresh</code> added',
      '<em>The plan changes more outputs than this list shows.</em>',
    ]);
    const many = Array.from({ length: 5_000 }, (_, i) => `output_${i}`);
    const harmless = render([], WRITE, undefined, { ...none, added: many });
    expect(harmless).toContain('<details><summary>outputs: 5000</summary>');
    expect(harmless).toContain('<li>and 4900 more added</li>');
    expect(render([], WRITE, undefined, none)).not.toContain('<details');
  });

  it('says when there is no plan_json or no state', () => {
    expect(render(undefined)).toContain('Plan 4711-1: its changes are unknown without plan_json');
    expect(render([])).toContain('none: there is no state yet');
  });

  it("stays far below GitHub's limit, and escapes addresses in HTML", () => {
    const many = Array.from({ length: 15_000 }, (_, i) => change(`m${i}.x["<b>"]`, 'update', `module.m${i}`));
    const text = render(many);
    expect(Buffer.byteLength(text)).toBeLessThan(500_000);
    expect(text).toContain('The rest did not fit here.');
    expect(text).not.toContain('<b>');
  });
});
