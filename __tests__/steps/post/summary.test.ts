import { describe, expect, it } from 'vitest';
import { StateError } from '../../../src/backend/state-error.ts';
import { renderLockSummary, renderSummary, type SummaryFacts } from '../../../src/messages/job-summary.ts';
import type { PushEnd } from '../../../src/steps/post/push-end.ts';
import { toPushSummary } from '../../../src/steps/post/report-release.ts';
import { scope } from '../../job-state/scopes.ts';
import { localState } from '../../job-state/state-texts.ts';
import { readBackend } from '../../job-state/support.ts';

const local = localState({ serial: 5, names: ['a', 'b'], value: 'hunter2' });
const pushed: PushEnd = {
  decision: { kind: 'push', local },
  pushed: { etag: '"e"', versionId: 'v1', conditional: true, isConfirmed: true, snapshot: undefined },
  error: undefined,
  kept: undefined,
  digest: undefined,
};
const facts: Omit<SummaryFacts, 'push'> & { readonly push: PushEnd } = {
  backend: readBackend({ workspace: 'prod' }).settings,
  mode: 'hold',
  push: pushed,
  serialBefore: 4n,
  changes: { added: ['terraform_data.b'], changed: [], removed: ['terraform_data.c["x<y"]'] },
  times: { waitedMs: 4_000, heldSince: 0 },
  heldMs: 125_000,
  lock: 'released',
  problems: [],
};
const render = (change: Partial<typeof facts> = {}): string => {
  const all = { ...facts, ...change };
  return renderSummary({ ...all, push: toPushSummary(all.push) });
};
const ended = (kind: 'unchanged' | 'no_state' | 'never' | 'removed' | 'unknown'): PushEnd => ({
  ...pushed,
  decision: { kind },
  pushed: undefined,
});

describe("the block on the job's page", () => {
  it('shows state, workspace, serials, resources, lock and a link to the version', () => {
    expect(render()).toMatchInlineSnapshot(`
      "### 🔒 Terraform state of prod: pushed

      <table>
      <tr><th align="left">State</th><td><a href="https://console.aws.amazon.com/s3/object/b?region=eu-west-1&amp;prefix=env%3A%2Fprod%2Fk%2Fapp.tfstate&amp;versionId=v1"><code>s3://b/env:/prod/k/app.tfstate</code></a></td></tr>
      <tr><th align="left">Workspace</th><td><code>prod</code></td></tr>
      <tr><th align="left">Serial</th><td>4 → 5</td></tr>
      <tr><th align="left">Resources</th><td>1 added, 0 changed, 1 removed</td></tr>
      <tr><th align="left">Lock</th><td>waited 4s, held 2m 5s, released</td></tr>
      </table>
      <details><summary>1 added</summary>
      <ul>
      <li><code>terraform_data.b</code></li>
      </ul>
      </details>
      <details><summary>1 removed</summary>
      <ul>
      <li><code>terraform_data.c[&quot;x&lt;y&quot;]</code></li>
      </ul>
      </details>
      "
    `);
  });

  it('after a refused push shows the same, and why', () => {
    const details = { reason: 'push_refused', refusal: { kind: 'still_written', path: 'p' } } as const;
    const push: PushEnd = {
      decision: { kind: 'refuse', local, details },
      pushed: undefined,
      error: new Error('x'),
      kept: { kind: 'unread', directory: 'd' },
      digest: undefined,
    };
    const text = render({ push, lock: 'taken', problems: ['not pushed: </pre><script>', 'second'] });
    expect(text).toContain('### ❌ Terraform state of prod: not pushed, kept');
    expect(text).toContain('4 → 5 (not pushed)');
    expect(text).toContain('taken by somebody else');
    expect(text).toContain('<pre>not pushed: &lt;/pre&gt;&lt;script&gt;</pre>\n<pre>second</pre>');
  });

  it.each([
    ['unchanged', 'unchanged', 'no changes'],
    ['no_state', 'none yet', 'no changes'],
    ['never', 'changed, not pushed', 'not compared'],
    ['removed', 'left as it was', 'not compared'],
    ['unknown', 'unreadable here, not pushed', 'not compared'],
  ] as const)('%s: %s, %s', (kind, title, resources) => {
    const text = render({ push: ended(kind), changes: undefined });
    expect(text).toContain(`### 🔒 Terraform state of prod: ${title}\n`);
    expect(text).toContain('<td>4</td>');
    expect(text).toContain(`<td>${resources}</td>`);
  });

  it.each(['in_doubt', 'stored'] as const)(
    'a push whose lock was lost, and whose write is %s, is in doubt',
    (write) => {
      const error = new StateError({ reason: 'lock_lost', holder: undefined, write }, scope);
      const text = render({ push: { ...pushed, pushed: undefined, error } });
      expect(text).toContain(': push in doubt, kept');
      expect(text).toContain('4 → 5 (in doubt)');
    },
  );

  it('a push that failed says so', () => {
    expect(render({ push: { ...pushed, pushed: undefined } })).toContain(': not pushed, kept');
  });

  it('shows the first state as coming from none, and no name for the default workspace', () => {
    const text = render({ backend: readBackend().settings, serialBefore: undefined });
    expect(text).toContain('### 🔒 Terraform state: pushed');
    expect(text).toContain('none → 5');
  });

  it('shows no serial for an unreadable state, and no comparison for a state that is too large', () => {
    const details = { reason: 'push_refused', refusal: { kind: 'still_written', path: 'p' } } as const;
    const push: PushEnd = {
      ...pushed,
      pushed: undefined,
      decision: { kind: 'refuse', local: localState('{'), details },
    };
    const text = render({ push, changes: undefined });
    expect(text).toContain('4 → unreadable (not pushed)');
    expect(text).toContain('not compared');
  });

  it('with lock: none says that no lock was requested', () => {
    const text = render({ mode: 'none', times: undefined, heldMs: undefined, lock: 'nothing' });
    expect(text).toContain('not taken: <code>lock: none</code>');
    expect(text).not.toContain('⚠️');
  });

  it('of a lock-only job says nothing about a state', () => {
    const text = renderLockSummary(facts);
    expect(text).toContain('### 🔒 Terraform state of prod: lock only');
    expect(text).toContain('waited 4s, held 2m 5s, released');
    expect(text).not.toContain('Serial');
    expect(renderLockSummary({ ...facts, lock: 'failed', problems: ['no <b>'] })).toContain('no &lt;b&gt;');
  });

  it('says that there was no lock without a table', () => {
    const backend = readBackend({ dynamodb_table: '' }).settings;
    const text = render({ backend, times: undefined, heldMs: undefined, lock: 'nothing' });
    expect(text).toContain('neither <code>dynamodb_table</code> nor');
  });

  it('lists fifty addresses of each kind, and counts the rest', () => {
    const added = Array.from({ length: 53 }, (_, index) => `terraform_data.a[${index}]`);
    const text = render({ changes: { added, changed: [], removed: [] } });
    expect(text).toContain('<summary>53 added</summary>');
    expect(text.match(/<li><code>/g)?.length).toBe(50);
    expect(text).toContain('<li>and 3 more</li>');
  });

  it("shows addresses only, never a value, and nobody's HTML or control characters", () => {
    const odd = { added: ['m["<img src=x>\u001b\n"]'], changed: ['a&b'], removed: [] };
    const text = render({ changes: odd, backend: readBackend({ key: 'k"><b>' }).settings });
    expect(text).not.toContain('hunter2');
    expect(text).toContain('<code>m[&quot;&lt;img src=x&gt;\\u001b\\u000a&quot;]</code>');
    expect(text).toContain('<code>a&amp;b</code>');
    expect(text).toContain('<code>s3://b/k&quot;&gt;&lt;b&gt;</code>');
  });

  it('has no link when there is no page', () => {
    expect(render({ backend: readBackend({ endpoint: 'http://minio' }).settings })).not.toContain('<a ');
  });
});
