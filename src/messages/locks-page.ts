import type { Heartbeat } from '../backend/lock/lock-store.ts';
import type { ExpiredPlan } from '../backend/survey/find-expired-plans.ts';
import type { RescueCopy } from '../backend/survey/survey-locks.ts';
import { formatAgo, formatDuration } from '../time/duration.ts';
import { countStatuses } from './count-statuses.ts';
import { describeHolderStatus, HOLDER_STATUSES } from './holder-status.ts';
import { code, htmlColumns } from './html.ts';
import { renderHolder } from './lock-text.ts';
import { countLocks, describeFreeEnd, type LockRow, nameLockStores, STATUS_NAMES } from './locks-text.ts';
import { excerpt } from './plain.ts';
import type { RunPages } from './run-page.ts';

/** What was left beside states. Some of it can be deleted, and some has to be recovered. */
export interface Remnants {
  /** The keys of states that have a digest but no object. */
  readonly lonelyDigests: readonly string[];
  readonly rescueCopies: readonly RescueCopy[];
  readonly expiredPlans: readonly ExpiredPlan[];
}

/** Everything that the page shows. */
export interface LocksPage {
  /** The result of `nameRange`. */
  readonly where: string;
  readonly rows: readonly LockRow[];
  /** The number of locks that were not checked. */
  readonly moreLocks: number;
  readonly remnants: Remnants;
  /** The number of plan records that were not read. */
  readonly unreadPlans: number;
  readonly pages: RunPages;
  /** In ms since the epoch. */
  readonly now: number;
}

/** The characters shown of other people's text in a cell. */
const MOST_TEXT = 120;
/** The number of remnants of one kind that are shown. */
const MOST_REMNANTS = 50;

/**
 * One block of Markdown for the job's page or an issue, in at most `room` characters. When not all locks fit, it shows the most
 * urgent ones. Pure.
 */
export function renderLocks(page: LocksPage, room: number): string {
  const { rows, remnants, moreLocks } = page;
  const total = rows.length + moreLocks;
  const head = `### 🔒 Terraform locks: ${countLocks(total)}`;
  const intro = `In ${code(page.where)}.${describeCounts(rows)}`;
  const all = renderRemnants(page, remnants, MOST_REMNANTS);
  // Names that grow many times longer as HTML would leave no room for locks.
  const isLong = all.join('\n').length > room / 2;
  const rest = isLong ? renderRemnants(page, remnants, 0) : all;
  const fixed = [head, '', intro, '', ...rest].join('\n').length + FREE_BY_HAND.length + 200;
  const table = renderTable(page, room - fixed);
  return [head, '', intro, '', ...table, ...rest].join('\n');
}

function describeCounts(rows: readonly LockRow[]): string {
  const counts = countStatuses(HOLDER_STATUSES, rows).flatMap(([kind, count]) =>
    count === 0 ? [] : [`${STATUS_NAMES[kind]}: ${count}`],
  );
  return counts.length === 0 ? '' : ` ${counts.join(', ')}.`;
}

const COLUMNS = ['State', 'Verdict', 'Why', 'Holder'];

const FREE_BY_HAND =
  'If nobody works under a lock, free it with `terraform force-unlock` and its ID, or with the action `unlock/` and `lock_id`.';

/** As many rows as fit. */
function renderTable(page: LocksPage, room: number): string[] {
  if (page.rows.length === 0) return [];
  const sorted = HOLDER_STATUSES.flatMap((kind) => page.rows.filter(({ status }) => status.kind === kind));
  const shown: string[][] = [];
  let left = room - htmlColumns(COLUMNS, []).length;
  for (const row of sorted) {
    const cells = renderRow(row, page);
    left -= cells.reduce((sum, cell) => sum + cell.length + '<td></td>'.length, '<tr></tr>\n'.length);
    if (left < 0) break;
    shown.push(cells);
  }
  const hidden = page.rows.length - shown.length + page.moreLocks;
  const more = hidden > 0 ? [`And ${hidden} more.`, ''] : [];
  return [htmlColumns(COLUMNS, shown), '', ...more, FREE_BY_HAND, ''];
}

function renderRow(row: LockRow, { pages, now }: LocksPage): string[] {
  const { found, status, end } = row;
  const [{ holder }] = found.stores;
  const heartbeat = found.stores.find((lock) => lock.heartbeat !== undefined)?.heartbeat;
  const why =
    end === undefined
      ? describeHolderStatus(status)
      : `${describeHolderStatus(status)}; it ${describeFreeEnd(end)}`;
  const id = holder.id === undefined ? '' : `<br>ID ${code(excerpt(holder.id, MOST_TEXT))}`;
  return [
    `${code(excerpt(found.address.objectKey, MOST_TEXT * 2))}<br>${nameLockStores(row)}${describeHeartbeat(heartbeat)}`,
    end?.kind === 'freed' ? '🔓 freed' : STATUS_NAMES[status.kind],
    code(excerpt(why, MOST_TEXT * 3)),
    `${renderHolder(holder, pages, now)}${id}`,
  ];
}

function describeHeartbeat(heartbeat: Heartbeat | undefined): string {
  if (heartbeat === undefined) return '';
  const { beats, intervalMs } = heartbeat;
  return `, ${beats} ${beats === 1 ? 'beat' : 'beats'}, every ${formatDuration(intervalMs)}`;
}

function renderRemnants(
  page: LocksPage,
  { lonelyDigests, rescueCopies, expiredPlans }: Remnants,
  most: number,
): string[] {
  const { now, unreadPlans } = page;
  const unread = unreadPlans === 0 ? '' : ` Records that were not read: ${unreadPlans}, the newest.`;
  return [
    ...renderList(
      'Digests without an object',
      'Terraform waits for an object that does not exist. If the state was deleted on purpose, delete the item. Otherwise restore the object.',
      lonelyDigests.map((key) => code(excerpt(key, MOST_TEXT * 2))),
      most,
    ),
    ...renderList(
      'Rescue copies that nobody recovered',
      'Each is a state that a job could not push. Compare it with the state, push what is right, and delete the copy.',
      rescueCopies.map(({ copy }) => `${code(excerpt(copy.key, MOST_TEXT * 2))}${ago(copy.modifiedAt, now)}`),
      most,
    ),
    ...renderList(
      'Expired plans',
      `They can no longer be applied. Delete them.${unread}`,
      expiredPlans.map(
        ({ objectKey, planId, expiredAt }) =>
          `${code(excerpt(`${objectKey}.plans/${planId}`, MOST_TEXT * 2))}${ago(expiredAt, now)}`,
      ),
      most,
    ),
  ];
}

function ago(time: number | undefined, now: number): string {
  return time === undefined ? '' : `, ${formatAgo(now - time)}`;
}

/** HTML, so Markdown in other people's text has no effect. */
function renderList(title: string, fix: string, items: readonly string[], most: number): string[] {
  if (items.length === 0) return [];
  const hidden = items.length - most;
  const shown = items.slice(0, most).map((item) => `<li>${item}</li>`);
  const more = hidden > 0 ? [`<li>and ${hidden} more</li>`] : [];
  return [`#### ${title}: ${items.length}`, '', fix, '', '<ul>', ...shown, ...more, '</ul>', ''];
}
