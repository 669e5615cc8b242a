import type { ExpiredPlan } from '../backend/survey/find-expired-plans.ts';
import type { RescueCopy } from '../backend/survey/survey-locks.ts';
import { formatDuration } from '../time/duration.ts';
import { describeHolderStatus, HOLDER_STATUSES } from './holder-status.ts';
import { code, htmlColumns, link } from './html.ts';
import { findRunPage, type RunPages } from './lock-text.ts';
import { countLocks, describeFreeEnd, type LockRow, nameLockStores, STATUS_NAMES } from './locks-text.ts';
import { excerpt } from './plain.ts';

/** What was left beside states, and that nobody needs, or somebody misses. */
export interface Remnants {
  /** Keys of states that have a digest, and no object. */
  readonly lonelyDigests: readonly string[];
  readonly rescueCopies: readonly RescueCopy[];
  readonly expiredPlans: readonly ExpiredPlan[];
}

/** All that there is to tell. */
export interface LocksPage {
  /** As `nameRange` gives it. */
  readonly where: string;
  readonly rows: readonly LockRow[];
  /** Locks that were not looked at. */
  readonly moreLocks: number;
  readonly remnants: Remnants;
  /** Records of plans that were not read. */
  readonly unreadPlans: number;
  readonly pages: RunPages;
  /** In ms since the epoch. */
  readonly now: number;
}

/** Characters of other people's text in a cell. */
const MOST_TEXT = 120;
/** Remnants of one kind that are shown. */
const MOST_REMNANTS = 50;

/**
 * One block of Markdown for the job's page or an issue, in at most `room` characters: of many locks those that somebody has to look at
 * first. Pure.
 */
export function renderLocks(page: LocksPage, room: number): string {
  const { rows, remnants, moreLocks } = page;
  const total = rows.length + moreLocks;
  const head = `### 🔒 Terraform locks: ${countLocks(total)}`;
  const intro = `In ${code(page.where)}.${countStatuses(rows)}`;
  const all = renderRemnants(page, remnants, MOST_REMNANTS);
  // Names that take many times their length in HTML leave no room for locks.
  const isLong = all.join('\n').length > room / 2;
  const rest = isLong ? renderRemnants(page, remnants, 0) : all;
  const fixed = [head, '', intro, '', ...rest].join('\n').length + FREE_BY_HAND.length + 200;
  const table = renderTable(page, room - fixed);
  return [head, '', intro, '', ...table, ...rest].join('\n');
}

function countStatuses(rows: readonly LockRow[]): string {
  const counts = HOLDER_STATUSES.flatMap((kind) => {
    const count = rows.filter(({ status }) => status.kind === kind).length;
    return count === 0 ? [] : [`${STATUS_NAMES[kind]}: ${count}`];
  });
  return counts.length === 0 ? '' : ` ${counts.join(', ')}.`;
}

const COLUMNS = ['State', 'Verdict', 'Holder', 'Age', 'Where', 'Heartbeat', 'Why', 'Lock ID'];

const FREE_BY_HAND =
  'A lock that nobody works under is freed with `terraform force-unlock` and its ID, or with `lock_id` of the action `unlock/`.';

/** As many rows as there is room for. */
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
  const info = holder.info;
  const who =
    info === undefined
      ? '(unreadable)'
      : `${excerpt(info.who, MOST_TEXT)}: ${excerpt(info.operation, MOST_TEXT)}`;
  const why =
    end === undefined
      ? describeHolderStatus(status)
      : `${describeHolderStatus(status)}; it ${describeFreeEnd(end)}`;
  return [
    code(excerpt(found.address.objectKey, MOST_TEXT * 2)),
    end?.kind === 'freed' ? '🔓 freed' : STATUS_NAMES[status.kind],
    link(code(who), findRunPage(holder, pages)),
    info === undefined ? '' : formatDuration(now - Date.parse(info.created)),
    nameLockStores(row),
    heartbeat === undefined ? '' : `${heartbeat.beats} beats, every ${formatDuration(heartbeat.intervalMs)}`,
    code(excerpt(why, MOST_TEXT * 3)),
    holder.id === undefined ? '' : code(excerpt(holder.id, MOST_TEXT)),
  ];
}

function renderRemnants(
  page: LocksPage,
  { lonelyDigests, rescueCopies, expiredPlans }: Remnants,
  most: number,
): string[] {
  const { now, unreadPlans } = page;
  const unread = unreadPlans === 0 ? '' : ` The ${unreadPlans} newest records were not read.`;
  return [
    ...renderList(
      'Digests without an object',
      'Terraform waits for a state that is not there. Delete the item if the state was deleted on purpose, else restore the object.',
      lonelyDigests.map((key) => code(excerpt(key, MOST_TEXT * 2))),
      most,
    ),
    ...renderList(
      'Rescue copies that nobody took',
      'Each is a state that a job could not push. Compare it with the state, push what is right, and delete the copy.',
      rescueCopies.map(({ copy }) => `${code(excerpt(copy.key, MOST_TEXT * 2))}${ago(copy.modifiedAt, now)}`),
      most,
    ),
    ...renderList(
      'Expired plans',
      `Nobody may apply them any more: delete them.${unread}`,
      expiredPlans.map(
        ({ objectKey, planId, expiredAt }) =>
          `${code(excerpt(`${objectKey}.plans/${planId}`, MOST_TEXT * 2))}${ago(expiredAt, now)}`,
      ),
      most,
    ),
  ];
}

function ago(time: number | undefined, now: number): string {
  return time === undefined ? '' : `, ${formatDuration(now - time)} ago`;
}

/** HTML, in which no text of others is Markdown. */
function renderList(title: string, fix: string, items: readonly string[], most: number): string[] {
  if (items.length === 0) return [];
  const hidden = items.length - most;
  const shown = items.slice(0, most).map((item) => `<li>${item}</li>`);
  const more = hidden > 0 ? [`<li>and ${hidden} more</li>`] : [];
  return [`#### ${title}: ${items.length}`, '', fix, '', '<ul>', ...shown, ...more, '</ul>', ''];
}
