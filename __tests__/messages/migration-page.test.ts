import { expect, it } from 'vitest';
import { renderMigration } from '../../src/messages/migration-page.ts';
import {
  explainNotFinished,
  explainNotProven,
  type MigrationFinding,
  type MigrationRow,
  type MigrationStatus,
} from '../../src/messages/migration-text.ts';
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

it.each([
  [1, 2, 0, '1 of 3 states in s3://b/ still has items in the table.'],
  [2, 0, 4, '2 of 6 states in s3://b/ still have items in the table.'],
  [0, 3, 4, '4 of 7 states in s3://b/ may still have items in the table. They were not checked.'],
  [1, 0, 0, '1 of 1 state in s3://b/ still has items in the table.'],
])(
  'finish with %i open, %i done and %i left out names how many, and where',
  (count, done, moreStates, first) => {
    const row: MigrationRow = { status: { kind: 'not_seen' }, finding: FINDING };
    const open = Array.from({ length: count }, () => row);
    const rows = [...open, ...Array.from({ length: done }, () => row)];
    const pages = { githubServer: 'https://github.com' };
    const range = { where: 's3://b/', rows, moreStates };
    expect(explainNotFinished(open, range, pages, NOW).split('\n')[0]).toBe(first);
    const proof = explainNotProven(open, range, pages, NOW).split('\n')[0];
    expect(proof).toMatch(/holders of \d of \d states? in s3:\/\/b\/ take both locks\.$/);
  },
);

it('an error says what is unknown about a state, since no status stands beside its line', () => {
  const status: MigrationStatus = { kind: 'unknown', reason: 'no_versions' };
  const rows: MigrationRow[] = [{ finding: FINDING, status }];
  const range = { where: 's3://b/', rows, moreStates: 0 };
  const pages = { githubServer: 'https://github.com' };
  expect(explainNotFinished(rows, range, pages, NOW).split('\n').at(-1)).toBe(
    '- k/app.tfstate: it is unknown how its last client locked it: the bucket kept no versions when the state was written.',
  );
});
