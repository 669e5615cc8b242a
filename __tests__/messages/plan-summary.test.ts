import fc from 'fast-check';
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

/** The titles and the items of all lists, in order. */
const listsIn = (text: string) =>
  Array.from(text.matchAll(/<(summary|li)>(.*?)<\/\1>/g), ([, , html]) => html);
const titlesIn = (text: string) =>
  Array.from(text.matchAll(/<summary>(.*?)<\/summary>/g), ([, title]) => title);

describe('the summary of a plan for its approver', () => {
  it('lists destroyed and replaced resources first, then all others by module, with the state of the plan', () => {
    const text = render(
      [
        change('a.new', 'create'),
        change('module.db.a.main', 'replace', 'module.db'),
        change('module.db.a.other', 'update', 'module.db'),
        change('a.same', 'no-op'),
        change('a.gone', 'delete'),
        change('a.left', 'forget'),
        { ...change('a.moved', 'delete'), deposed: '1a2b3c4d' },
        change('a.moved', 'update'),
      ],
      WRITE,
    );
    expect(text).toContain('### 📋 Plan 4711-1: 2 to add, 2 to change, 3 to destroy, 1 to forget');
    expect(text).toContain(`<code>${'f0'.repeat(32)}</code>`);
    expect(text).toContain(
      `<td>2026-01-02T03:04:05Z by <code>bob</code> in <a href="${RUN}"><code>acme/infra run 9</code></a></td>`,
    );
    expect(listsIn(text)).toEqual([
      '❌ 2 destroyed, 1 replaced',
      '<code>a.gone</code> destroyed',
      '<code>a.moved</code> destroyed: only its deposed object <code>1a2b3c4d</code>',
      '<code>module.db.a.main</code> replaced',
      'root module: 1 forgotten, 1 changed, 1 added',
      '<code>a.left</code> forgotten',
      '<code>a.moved</code> changed',
      '<code>a.new</code> added',
      '<code>module.db</code>: 1 changed',
      '<code>module.db.a.other</code> changed',
    ]);
  });

  it('lists each changed object exactly once, and every destroyed one', () => {
    const action = fc.constantFrom<PlannedAction>('create', 'update', 'delete', 'replace', 'forget', 'read');
    const planned = fc.array(fc.tuple(action, fc.constantFrom('', 'module.a', 'module.b')), {
      maxLength: 90,
    });
    fc.assert(
      fc.property(planned, (all) => {
        const text = render(all.map(([action, module], i) => change(`a.r${i}`, action, module)));
        const listed = Array.from(text.matchAll(/<li><code>a\.r(\d+)<\/code>/g), ([, i]) => Number(i));
        expect(listed.sort((a, b) => a - b)).toEqual(all.map((_, i) => i));
      }),
      { numRuns: 30 },
    );
    const many = Array.from({ length: 900 }, (_, i) => change(`a.r${i}`, i < 450 ? 'delete' : 'create'));
    const text = render(many);
    expect(text.match(/<\/code> destroyed/g)).toHaveLength(450);
    expect(text.match(/<\/code> added/g)).toHaveLength(100);
    expect(text).toContain('<li>and 350 more</li>');
  });

  it('puts what breaks readers of outputs before the harmless changes of resources', () => {
    const outputs = { removed: ['gone'], retyped: [], changed: [], added: [], isComplete: true };
    const text = render([change('a.new', 'create'), change('a.gone', 'delete')], WRITE, undefined, outputs);
    expect(titlesIn(text)).toEqual([
      '❌ 1 destroyed',
      '❌ removed or retyped outputs: 1. Jobs that read them will fail',
      'root module: 1 added',
    ]);
    const harmless = { ...outputs, removed: [], added: ['fresh'] };
    expect(titlesIn(render([change('a.new', 'create')], WRITE, undefined, harmless))).toEqual([
      'root module: 1 added',
      'outputs: 1',
    ]);
  });

  it.each([
    [0, "commit <code>6dcb09b</code>, which is part of this plan's code"],
    [1, "<strong>This plan's code lacks it</strong>, so the plan may undo what it changed"],
    [
      2,
      "<strong>This plan's code lacks it and one commit before it</strong>, so the plan may undo what they",
    ],
    [3, "<strong>This plan's code lacks it and 2 commits before it</strong>, so the plan may undo what they"],
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
      '<strong>the state has changed</strong> since plan <code>4710-1</code> (2026-03-01T10:00:00Z: 1 to add, 0 to change, 0 to destroy)',
    );
    expect(render([], undefined, plan)).toContain('<strong>the state is gone</strong> since');
    const same = { planId: '4710-1', record: planRecord({ fingerprint: FINGERPRINT }) };
    expect(render([], WRITE, same)).toContain(
      'the state has not changed since plan <code>4710-1</code> (2026-03-01T10:00:00Z)',
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
    const gone = render(Array.from({ length: 15_000 }, (_, i) => change(`m${i}.x["<b>"]`, 'delete')));
    expect(Buffer.byteLength(gone)).toBeLessThan(500_000);
    expect(gone).toContain('❌ 15000 destroyed');
    expect(gone).toMatch(/<li>and \d+ more<\/li>/);
  });
});
