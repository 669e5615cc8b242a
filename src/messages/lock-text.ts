import type { FoundLock } from '../backend/lock/lock-store.ts';
import { LONGEST_FIELD, type LockHolder } from '../backend/records/lock-info.ts';
import type { StateScope } from '../backend/state-error.ts';
import { formatAgo, formatDuration } from '../time/duration.ts';
import { formatTime } from '../time/format-time.ts';
import { code, link } from './html.ts';
import { excerpt, plain } from './plain.ts';
import { findUrl, keepOurPage, type RunPages } from './run-page.ts';

/** What it takes to name a lock's store. */
export type LockAddress = Pick<StateScope, 'address' | 'table'>;

const SHOWN = 2000;
/** The characters shown of one field when a holder is named on one line. */
const NAMED = 120;

/** The page of the run that holds a lock, if its info names one, on any server. Takes linear time. */
export function findRunUrl(holder: Pick<LockHolder, 'info'> | undefined): string | undefined {
  if (holder?.info === undefined) return undefined;
  return findUrl(holder.info.info.slice(0, LONGEST_FIELD));
}

/** The same, but only for a page of this server, because somebody else chose the URL. */
export function findRunPage(holder: LockHolder | undefined, pages: RunPages): string | undefined {
  return keepOurPage(findRunUrl(holder), pages);
}

/** Who holds a lock, in a few words: `alice@runner-1 (OperationTypeApply)`. Other people's text, limited in length and plain. */
export function nameHolder(holder: LockHolder | undefined): string {
  if (holder === undefined) return 'somebody who released it before the action could read it';
  if (holder.info === undefined) return "somebody whose lock can't be read";
  const { who, operation } = holder.info;
  return `${excerpt(who, NAMED)} (${excerpt(operation, NAMED)})`;
}

/** Who holds a lock, for how long, and the page of their run: `alice@runner-1 (OperationTypeApply) for 4m, https://...`. */
export function describeHolder(holder: LockHolder | undefined, pages: RunPages, now: number): string {
  const url = findRunPage(holder, pages);
  const page = url === undefined ? '' : `, ${excerpt(url, SHOWN)}`;
  return `${nameHolder(holder)}${describeAge(holder, now)}${page}`;
}

/** The words before the name of somebody who holds a lock. Every sentence uses them. Those about a state are in locked-text.ts. */
export const HELD_BY = 'held by';

/** Who holds a lock, as a clause after a form of "to be": `held by alice@runner-1 (...) for 4m, https://...`. */
export function describeHolding(holder: LockHolder | undefined, pages: RunPages, now: number): string {
  return `${HELD_BY} ${describeHolder(holder, pages, now)}`;
}

/** Who holds a lock, and for how long, as HTML with a link to the page. */
export function renderHolder(holder: LockHolder, pages: RunPages, now: number): string {
  return link(code(nameHolder(holder) + describeAge(holder, now)), findRunPage(holder, pages));
}

/** Who holds a lock with every field of the holder, one per line. `lead`: the sentence up to its form of "to be". */
export function holdingLines(lead: string, holder: LockHolder | undefined, now: number): string[] {
  return [`${lead} ${HELD_BY}`, ...holderLines(holder, now)];
}

function describeAge(holder: LockHolder | undefined, now: number): string {
  if (holder?.info === undefined) return '';
  return ` for ${formatDuration(now - Date.parse(holder.info.created))}`;
}

/** Where a state is locked: `table locks`, `the lock file`, or both. */
export function nameStores({ table, useLockfile }: Pick<StateScope, 'table' | 'useLockfile'>): string {
  return [...(useLockfile ? ['the lock file'] : []), ...(table === undefined ? [] : [`table ${table}`])].join(
    ' and ',
  );
}

/** Where one lock was found: `table locks`, `the lock file s3://b/k.tflock`. */
export function nameStore({ store }: FoundLock, { address, table = '' }: LockAddress): string {
  if (store === 'item') return `table ${table}`;
  return `the lock file s3://${address.bucket}/${address.lockFileKey}`;
}

/** What is stored in place of a lock info. Shows only the beginning of a long text. */
export function rawInfo({ raw }: LockHolder): string {
  if (raw === undefined) return '(missing)';
  return raw === '' ? '(nothing)' : shorten(raw);
}

/** Other people's text on one line. Shows only the beginning of a long text: a lock can contain 400 kB of anything. */
export function shorten(text: string): string {
  if (text.length <= SHOWN) return plain(text);
  return `${plain(text.slice(0, SHOWN))}... (${text.length - SHOWN} characters more)`;
}

/** Every field of a holder that says something, one per line, as Terraform prints them; for an unreadable holder, what is stored. */
export function holderLines(holder: LockHolder | undefined, now: number): string[] {
  if (holder === undefined) return ['  (it changed hands each time before its holder could be read)'];
  if (holder.info === undefined) {
    return [
      '  Neither this action nor Terraform can read the lock. Instead of a lock info it contains',
      `  ${rawInfo(holder)}`,
    ];
  }
  const { id, path, operation, who, version, created, info } = holder.info;
  const createdAt = Date.parse(created);
  const fields: [string, string][] = [
    ['ID', id],
    ['Path', path],
    ['Operation', operation],
    ['Who', who],
    ['Version', version],
    ['Created', `${formatTime(createdAt)} (${formatAgo(now - createdAt)})`],
    ['Info', info],
  ];
  return fields
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `  ${`${name}:`.padEnd(11)}${shorten(value)}`);
}
