import { expect, it } from 'vitest';
import { renderMigration } from '../../src/messages/migration-page.ts';
import type { MigrationFinding, MigrationRow, MigrationStatus } from '../../src/messages/migration-text.ts';
import { makeHolder, NOW } from '../job-state/scopes.ts';

const HOSTILE = '</code><script>x</script>';
const RUN = 'https://github.com/acme/infra/actions/runs/9';
const FINDING: MigrationFinding = {
  objectKey: 'k/app.tfstate',
  digest: 'agrees',
  client: { kind: 'table', proof: 'metadata' },
  writtenAt: NOW - 60_000,
  lockFileSeenAt: undefined,
  tableClient: { at: NOW - 60_000, isCertain: true },
  writer: { actor: 'octocat', run: RUN },
  liveLock: undefined,
};

function render(...rows: readonly [MigrationStatus, Partial<MigrationFinding>?][]): string {
  const all: MigrationRow[] = rows.map(([status, change]) => ({
    status,
    finding: { ...FINDING, ...change },
  }));
  const pages = { githubServer: 'https://github.com' };
  return renderMigration({ command: 'report', where: 's3://b/', rows: all, moreStates: 0, pages, now: NOW });
}

it('the page of migrate/ counts in words, and links the run that wrote a state', () => {
  const text = render([{ kind: 'table_client', at: NOW - 60_000, isCertain: true }], [{ kind: 'ready' }]);
  expect(text).toContain('2 states. ⚠️ client with the table alone: 1, 🟢 ready: 1.');
  expect(text).toContain(
    `<td>written 1m ago by <code>octocat</code> in <a href="${RUN}"><code>acme/infra run 9</code></a><br>client with the table alone 1m ago</td>`,
  );
});

it('says once why a last client is unknown', () => {
  const client = { kind: 'unknown', reason: 'no_versions' } as const;
  const text = render([{ kind: 'unknown', reason: 'no_versions' }, { client }]);
  expect(text.split('kept no versions')).toHaveLength(2);
  expect(text).toContain('<td>unknown</td>');
});

it("shows other people's text without its markup", () => {
  const holder = makeHolder({ who: HOSTILE });
  const writer = { actor: HOSTILE, run: HOSTILE };
  const text = render([
    { kind: 'locked', holder },
    { objectKey: HOSTILE, writer },
  ]);
  expect(text).not.toContain('<script');
});
