import type { ExpiredPlan } from '../backend/survey/find-expired-plans.ts';
import type { RescueCopy } from '../backend/survey/survey-locks.ts';
import { formatDuration } from '../time/duration.ts';
import { code, htmlColumns, link } from './html.ts';
import { findRunPage, type RunPages } from './lock-text.ts';
import { describeVerdict, VERDICTS } from './lock-verdict.ts';
import { countLocks, describeFreeEnd, type LockRow, nameLockStores, VERDICT_NAMES } from './locks-text.ts';
import { excerpt } from './plain.ts';

/** What was left beside states, and that nobody needs, or somebody misses. */
export interface Leftovers {
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
  readonly leftovers: Leftovers;
  /** Records of plans that were not read. */
  readonly unreadPlans: number;
  readonly pages: RunPages;
  /** In ms since the epoch. */
  readonly now: number;
}

/** Characters of other people's text in a cell. */
const TOLD = 120;
/** Leftovers of one kind that are shown. */
const MOST_LEFTOVERS = 50;

/**
 * One block of Markdown for the job's page or an issue, in at most `room` characters: of many locks those that somebody has to look at
 * first. Pure.
 */
export function renderLocks(page: LocksPage, room: number): string {
  const { rows, leftovers, moreLocks } = page;
  const total = rows.length + moreLocks;
  const head = `### 🔒 Terraform locks: ${countLocks(total)}`;
  const intro = `In ${code(page.where)}.${countVerdicts(rows)}`;
  const all = renderLeftovers(page, leftovers, MOST_LEFTOVERS);
  // Names that take many times their length in HTML leave no room for locks.
  const isLong = all.join('\n').length > room / 2;
  const rest = isLong ? renderLeftovers(page, leftovers, 0) : all;
  const fixed = [head, '', intro, '', ...rest].join('\n').length + 200;
  const table = renderTable(page, room - fixed);
  return [head, '', intro, '', ...table, ...rest].join('\n');
}

function countVerdicts(rows: readonly LockRow[]): string {
  const counts = VERDICTS.flatMap((kind) => {
    const count = rows.filter(({ verdict }) => verdict.kind === kind).length;
    return count === 0 ? [] : [`${VERDICT_NAMES[kind]}: ${count}`];
  });
  return counts.length === 0 ? '' : ` ${counts.join(', ')}.`;
}

const COLUMNS = ['State', 'Verdict', 'Holder', 'For', 'Where', 'Heartbeat', 'Why'];

/** As many rows as there is room for. */
function renderTable(page: LocksPage, room: number): string[] {
  if (page.rows.length === 0) return [];
  const sorted = VERDICTS.flatMap((kind) => page.rows.filter(({ verdict }) => verdict.kind === kind));
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
  return [htmlColumns(COLUMNS, shown), '', ...more];
}

function renderRow(row: LockRow, { pages, now }: LocksPage): string[] {
  const { found, verdict, end } = row;
  const [{ holder }] = found.stores;
  const heartbeat = found.stores.find((lock) => lock.heartbeat !== undefined)?.heartbeat;
  const info = holder.info;
  const who =
    info === undefined ? '(unreadable)' : `${excerpt(info.who, TOLD)}: ${excerpt(info.operation, TOLD)}`;
  const why =
    end === undefined ? describeVerdict(verdict) : `${describeVerdict(verdict)}; it ${describeFreeEnd(end)}`;
  return [
    code(excerpt(found.address.objectKey, TOLD * 2)),
    end?.kind === 'freed' ? '🔓 freed' : VERDICT_NAMES[verdict.kind],
    link(code(who), findRunPage(holder, pages)),
    info === undefined ? '' : formatDuration(now - Date.parse(info.created)),
    nameLockStores(row),
    heartbeat === undefined ? '' : `${heartbeat.beats} beats, every ${formatDuration(heartbeat.intervalMs)}`,
    code(excerpt(why, TOLD * 3)),
  ];
}

function renderLeftovers(
  page: LocksPage,
  { lonelyDigests, rescueCopies, expiredPlans }: Leftovers,
  most: number,
): string[] {
  const { now, unreadPlans } = page;
  const unread = unreadPlans === 0 ? '' : ` The ${unreadPlans} newest records were not read.`;
  return [
    ...renderList(
      'Digests without an object',
      'Terraform waits for a state that is not there. Delete the item if the state was deleted on purpose, else restore the object.',
      lonelyDigests.map((key) => code(excerpt(key, TOLD * 2))),
      most,
    ),
    ...renderList(
      'Rescue copies that nobody took',
      'Each is a state that a job could not push. Compare it with the state, push what is right, and delete the copy.',
      rescueCopies.map(({ copy }) => `${code(excerpt(copy.key, TOLD * 2))}${ago(copy.modifiedAt, now)}`),
      most,
    ),
    ...renderList(
      'Expired plans',
      `Nobody may apply them any more: delete them.${unread}`,
      expiredPlans.map(
        ({ objectKey, planId, expiredAt }) =>
          `${code(excerpt(`${objectKey}.plans/${planId}`, TOLD * 2))}${ago(expiredAt, now)}`,
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
