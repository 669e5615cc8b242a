import { describe, expect, it } from 'vitest';
import { summarizeChanges } from '../../src/backend/plan-vault/summarize-changes.ts';
import { renderPlan } from '../../src/messages/plan-summary.ts';
import type { PlannedAction, PlannedChange } from '../../src/statefile/plan-changes.ts';
import { scope } from '../job-state/scopes.ts';

const change = (address: string, action: PlannedAction, module = ''): PlannedChange => ({
  address,
  module,
  action,
  deposed: undefined,
});
const render = (changes: readonly PlannedChange[] | undefined, lastWrite?: string) => {
  const record = { fingerprint: 'f0'.repeat(32), changes: changes && summarizeChanges(changes) };
  return renderPlan(scope, { planId: '4711-1', record, lastWrite });
};

describe('what an approver reads of a plan', () => {
  it('what it destroys and replaces stands first, then all by module, with the state that was planned on', () => {
    const text = render(
      [
        change('a.new', 'create'),
        change('module.db.a.main', 'replace', 'module.db'),
        change('a.same', 'no-op'),
        change('a.gone', 'delete'),
      ],
      'it has ETag "e", written at 2026-01-02T03:04:05.000Z by bob in https://github.com/acme/infra/actions/runs/9.',
    );
    expect(text).toContain('### 📋 Plan 4711-1: 2 to add, 0 to change, 2 to destroy');
    expect(text).toContain(`<code>${'f0'.repeat(32)}</code>`);
    expect(text).toContain('by bob in https://github.com/acme/infra/actions/runs/9.');
    const summaries = Array.from(text.matchAll(/<summary>(.*?)<\/summary>/g), ([, title]) => title);
    expect(summaries).toEqual(['❌ 2 destroyed or replaced', 'root module: 2', '<code>module.db</code>: 1']);
    expect(text).toContain('<li><code>module.db.a.main</code> ❌ replaced</li>');
    expect(text).not.toContain('a.same');
  });

  it('without plan_json it says so, and without a state, too', () => {
    expect(render(undefined)).toContain('Plan 4711-1: plan_json was not given');
    expect(render([])).toContain('none: there is no state yet');
  });

  it('stays far below what GitHub takes, and nothing of an address becomes HTML', () => {
    const many = Array.from({ length: 15_000 }, (_, i) => change(`m${i}.x["<b>"]`, 'update', `module.m${i}`));
    const text = render(many);
    expect(Buffer.byteLength(text)).toBeLessThan(500_000);
    expect(text).toContain('The rest did not fit here.');
    expect(text).not.toContain('<b>');
  });
});
