import type { StateAddress } from '../backend/address.ts';
import { type Freeze, formatFreezeEnd } from '../backend/records/freeze.ts';
import type { LockHolder } from '../backend/records/lock-info.ts';
import { STATE_ENDING } from '../backend/state/list-states.ts';
import type { StateScope } from '../backend/state-error.ts';
import { countStates } from './count-states.ts';
import { describeFreeze, freezeJson } from './freeze-text.ts';
import { code, htmlTable, link } from './html.ts';
import { nameStores } from './lock-text.ts';
import { describeLocked } from './locked-text.ts';
import { plain } from './plain.ts';
import type { RunPages } from './run-page.ts';

/** The result for one state. */
export interface StateEnd {
  readonly address: StateAddress;
  /** The freeze that was made, ended or found. */
  readonly freeze: Freeze | undefined;
  /** Whether that freeze is in effect now. */
  readonly isFrozen: boolean;
  /** Who has the state's lock now, be it a freeze or not. */
  readonly holder: LockHolder | undefined;
}

/** What the step did with all states. */
export type FreezeDeed = 'freeze' | 'thaw' | 'show';

/** The log's line for a state that was just frozen. Pure. */
export function frozenLine(scope: StateScope, freeze: Freeze, lockId: string): string {
  return `Froze ${scope.address.lockPath} in ${nameStores(scope)} ${describeFreeze(freeze)}. Lock id ${lockId}.`;
}

/** Who runs the step: `octocat in https://...`. */
export interface Doer {
  readonly actor: string;
  readonly run: string;
}

/** The log's line for a thaw: who froze the state and who thawed it. `now` in ms since the epoch. Pure. */
export function thawedLine(end: StateEnd, { actor, run }: Doer, pages: RunPages, now: number): string {
  const { address, freeze, holder } = end;
  if (freeze === undefined) return `${address.lockPath} is not frozen${lockedBy(holder, pages, now)}.`;
  const from = freezeJson(freeze, pages).run;
  const made = `It was frozen ${describeFreeze(freeze)}${from === null ? '' : ` (${from})`}.`;
  const by = `${actor === '' ? '' : ` by ${plain(actor)}`}${run === '' ? '' : ` in ${plain(run)}`}`;
  const after = holder === undefined ? '' : ` It is ${describeLocked(holder, pages, now)}.`;
  return `Thawed ${address.lockPath}${by}. ${made}${after}`;
}

/** The log's line for a state that was only shown. `now` in ms since the epoch. Pure. */
export function shownLine(end: StateEnd, pages: RunPages, now: number): string {
  const { address, freeze, isFrozen, holder } = end;
  if (freeze === undefined) return `${address.lockPath} is not frozen${lockedBy(holder, pages, now)}.`;
  if (isFrozen) return `${address.lockPath} is frozen ${describeFreeze(freeze)}.`;
  return `${address.lockPath} is no longer frozen: the freeze ended at ${formatFreezeEnd(freeze.until)}, and the next job that holds the state removes its lock.`;
}

function lockedBy(holder: LockHolder | undefined, pages: RunPages, now: number): string {
  return holder === undefined ? '' : `, but ${describeLocked(holder, pages, now)}`;
}

/** The notice of a step that froze or thawed; undefined for one that only looked. Pure. */
export function freezeNotice(deed: FreezeDeed, ends: readonly StateEnd[]): string | undefined {
  const concerned = ends.flatMap(({ freeze }) => freeze ?? []);
  const [first] = concerned;
  if (deed === 'show') return undefined;
  if (first === undefined) return `Found no freeze in ${countStates(ends.length)}.`;
  if (deed === 'thaw') return `Thawed ${countStates(concerned.length)}.`;
  return `Froze ${countStates(concerned.length)} ${describeFreeze(first)}.`;
}

/** The number of states that one summary shows. */
const MOST_ROWS = 100;

/** One block of Markdown for the job's page. Pure. */
export function renderFreeze(deed: FreezeDeed, ends: readonly StateEnd[], pages: RunPages): string {
  const rows = ends
    .slice(0, MOST_ROWS)
    .map((end): [string, string] => [code(end.address.lockPath), describeRow(end, pages)]);
  const left = ends.length - rows.length;
  const more = left > 0 ? [`and ${left} more`, ''] : [];
  return [`### ${title(deed, ends)}`, '', htmlTable(rows), '', ...more].join('\n');
}

function title(deed: FreezeDeed, ends: readonly StateEnd[]): string {
  const count = ends.filter(({ freeze }) => freeze !== undefined).length;
  const frozen = ends.filter(({ isFrozen }) => isFrozen).length;
  if (deed === 'freeze') return `🧊 Terraform state: froze ${countStates(count)}`;
  if (deed === 'thaw' && count > 0) return `💧 Terraform state: thawed ${countStates(count)}`;
  return frozen === 0
    ? '💧 Terraform state: not frozen'
    : `🧊 Terraform state: ${frozen} of ${countStates(ends.length)} frozen`;
}

function describeRow({ freeze, isFrozen, holder }: StateEnd, pages: RunPages): string {
  if (freeze === undefined) return holder === undefined ? 'not frozen' : 'not frozen, but locked';
  const { until, reason, by, run } = freezeJson(freeze, pages);
  const who = link(code(by), run ?? undefined);
  return `${isFrozen ? 'frozen' : 'was frozen'} until ${until} by ${who}: ${code(reason)}`;
}

/** The error when there is no state below a prefix. Pure. */
export function explainNoState(bucket: string, prefix: string): string {
  return [
    `There is no state below s3://${bucket}/${plain(prefix)}; nothing was touched.`,
    `Only objects whose key ends in ${STATE_ENDING} count. Name other objects in keys, one per line.`,
  ].join('\n');
}

/** The error when there are more states below a prefix than one step handles. Pure. */
export function explainTooManyStates(bucket: string, prefix: string, most: number): string {
  return [
    `There are more than ${most} states, including those below s3://${bucket}/${plain(prefix)}; nothing was touched.`,
    'Use longer prefixes in several steps.',
  ].join('\n');
}

/** The log's line when a step releases its locks, because it could not take all of them. */
export function gaveBackLine(count: number): string {
  return `Released the ${count === 1 ? 'lock' : `${count} locks`} that this step had taken.`;
}
