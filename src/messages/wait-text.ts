import { parseFreeze } from '../backend/records/freeze.ts';
import type { LockHolder } from '../backend/records/lock-info.ts';
import type { StateScope } from '../backend/state-error.ts';
import { capitalize } from '../text/capitalize.ts';
import { formatDuration } from '../time/duration.ts';
import { formatTime } from '../time/format-time.ts';
import { describeFreeze } from './freeze-text.ts';
import { code, escapeHtml, htmlTable, link } from './html.ts';
import { findRunPage, HELD_BY, nameHolder } from './lock-text.ts';
import { describePosition, LOCKED_BY, type Wait } from './locked-text.ts';
import type { RunPages } from './run-page.ts';

/** Somebody whose lock a job waits for, and the page of their run. The name is other people's text, limited in length and plain. */
export interface WaitedHolder {
  readonly name: string;
  readonly run: string | undefined;
}

/** Who holds a lock, in a few words. Pure. */
export function nameWaitedHolder(holder: LockHolder | undefined, pages: RunPages): WaitedHolder {
  const run = findRunPage(holder, pages);
  const freeze = parseFreeze(holder);
  if (freeze !== undefined) return { name: `frozen ${describeFreeze(freeze)}`, run };
  return { name: nameHolder(holder), run };
}

/** The holders of a wait as HTML, in their order. Pure. */
export function renderWaitedHolders(holders: readonly WaitedHolder[]): string {
  return holders.map(({ name, run }) => link(code(name), run)).join(', then ');
}

/** The state of a wait. Times in ms; `at` is since the epoch. */
export type WaitNote =
  | {
      readonly kind: 'waiting';
      readonly holder: LockHolder | undefined;
      readonly at: number;
      /** How many wait before it; undefined: there is no queue. */
      readonly ahead?: number | undefined;
    }
  | { readonly kind: 'held' | 'gave_up'; readonly waitedMs: number; readonly at: number };

/** One line of a comment about a run's wait for a lock, as HTML. `runUrl`: the run's page, or empty. Pure. */
export function renderWaitNote(scope: StateScope, note: WaitNote, runUrl: string): string {
  const run = link('This run', runUrl === '' ? undefined : runUrl);
  const lock = `the lock of ${code(scope.address.lockPath)}`;
  if (note.kind === 'waiting') {
    const position = note.ahead === undefined ? '' : ` ${describePosition(note.ahead, 'this run')}`;
    return `<p>⏳ ${run} waits for ${lock}. ${describeWaitedHolder(note.holder, scope)}${position}</p>`;
  }
  const after = `after ${formatDuration(note.waitedMs)}, at ${formatTime(note.at)}`;
  return note.kind === 'held'
    ? `<p>🔒 ${run} got ${lock} ${after}.</p>`
    : `<p>❌ ${run} did not get ${lock}: it gave up ${after}.</p>`;
}

/** Who holds the lock, and since when: a comment is read long after it was written, so an age would mislead. */
function describeWaitedHolder(holder: LockHolder | undefined, pages: RunPages): string {
  const { name, run } = nameWaitedHolder(holder, pages);
  const since = holder?.info === undefined ? '' : ` since ${formatTime(Date.parse(holder.info.created))}`;
  const page = run === undefined ? '' : `, in <a href="${escapeHtml(run)}">this run</a>`;
  return parseFreeze(holder) === undefined
    ? `It is ${HELD_BY} ${code(name)}${since}${page}.`
    : `The state is ${code(name)}${page}.`;
}

/** The block on the job's page for a step that did not get the lock, as Markdown. Pure. */
export function renderNotHeld(
  scope: StateScope,
  holder: LockHolder | undefined,
  { waitedMs, ahead }: Pick<Wait, 'waitedMs' | 'ahead'>,
): string {
  const isFrozen = parseFreeze(holder) !== undefined;
  const rows: [string, string][] = [
    ['Lock', code(scope.address.lockPath)],
    [isFrozen ? 'Freeze' : capitalize(HELD_BY), renderWaitedHolders([nameWaitedHolder(holder, scope)])],
    ['Waited', formatDuration(waitedMs)],
  ];
  if (holder?.info !== undefined) rows.splice(2, 0, ['Since', formatTime(Date.parse(holder.info.created))]);
  if (ahead !== undefined) rows.push(['Ahead of it in the queue', String(ahead)]);
  const title = isFrozen ? '🧊 Terraform state: frozen' : `⏳ Terraform state: ${LOCKED_BY} somebody else`;
  return [`### ${title}`, '', htmlTable(rows), ''].join('\n');
}
