import { formatAgo } from '../time/duration.ts';
import { code, escapeHtml, htmlColumns } from './html.ts';
import {
  describeClient,
  describeCounts,
  describeStatus,
  MIGRATION_STATUS_NAMES,
  MIGRATION_STATUSES,
  type MigrationRow,
} from './migration-text.ts';
import { excerpt } from './plain.ts';
import { type RunPages, renderRun } from './run-page.ts';

/** Everything that the page shows about a migration. */
export interface MigrationPage {
  readonly command: 'report' | 'dual' | 'finish';
  /** The result of `nameRange`. */
  readonly where: string;
  readonly rows: readonly MigrationRow[];
  /** The number of states that were left out. */
  readonly moreStates: number;
  readonly pages: RunPages;
  /** By the store's clock, in ms since the epoch. */
  readonly now: number;
}

/** The most states in one summary. */
const MOST_ROWS = 100;
/** The most characters of other people's text in a cell. */
const MOST_TEXT = 240;
const COLUMNS = ['State', 'Status', 'Last client', 'Seen'];

const TITLES = {
  report: 'From the table to the lock file: report',
  dual: 'From the table to the lock file: do holders take both locks?',
  finish: 'From the table to the lock file: finish',
} as const;

/** Renders one block of Markdown for the job's page. The states that need somebody's attention come first. Pure. */
export function renderMigration(page: MigrationPage): string {
  const { command, where, rows, moreStates, pages, now } = page;
  const open = rows.filter(({ status }) => status.kind !== 'done');
  const sorted = MIGRATION_STATUSES.flatMap((kind) => open.filter(({ status }) => status.kind === kind));
  const shown = sorted.slice(0, MOST_ROWS);
  const hidden = sorted.length - shown.length + moreStates;
  const table = htmlColumns(
    COLUMNS,
    shown.map((row) => renderRow(row, pages, now)),
  );
  return [
    `### 🔒 ${TITLES[command]}`,
    '',
    `In ${code(where)}: ${describeCounts(rows)}.`,
    '',
    ...(shown.length === 0 ? [] : [table, '']),
    ...(hidden > 0 ? [`And ${hidden} more.`, ''] : []),
  ].join('\n');
}

function renderRow({ finding, status }: MigrationRow, pages: RunPages, now: number): string[] {
  const { objectKey, client, writtenAt, lockFileSeenAt, tableClient, writer } = finding;
  // The holder of a lock is other people's text.
  const shown = excerpt(describeStatus(status, pages, now), MOST_TEXT);
  const by =
    writer === undefined
      ? ''
      : ` by ${code(excerpt(writer.actor, MOST_TEXT))} in ${renderRun(writer.run, pages)}`;
  const seen = [
    ...describeTime('written', writtenAt, now).map((written) => `${written}${by}`),
    ...describeTime('lock file taken', lockFileSeenAt, now),
    ...describeTime('client with the table alone', tableClient?.at, now),
  ];
  return [
    code(excerpt(objectKey, MOST_TEXT)),
    `${MIGRATION_STATUS_NAMES[status.kind]}: ${status.kind === 'locked' ? code(shown) : escapeHtml(shown)}`,
    status.kind === 'unknown' ? 'unknown' : describeClient(client),
    seen.join('<br>'),
  ];
}

function describeTime(what: string, at: number | undefined, now: number): string[] {
  return at === undefined ? [] : [`${what} ${formatAgo(now - at)}`];
}
