import type { FoundLock } from '../backend/lock/lock-store.ts';
import { LONGEST_FIELD, type LockHolder } from '../backend/records/lock-info.ts';
import type { StateScope } from '../backend/state-error.ts';
import { formatDuration } from '../time/duration.ts';
import { excerpt, plain } from './plain.ts';

/** What it takes to name a lock's store. */
export type LockAddress = Pick<StateScope, 'address' | 'table'>;

/** Where runs have their pages: the address of this job's GitHub server, empty outside of a job. */
export type RunPages = Pick<StateScope, 'githubServer'>;

const SHOWN = 2000;
/** The characters shown of one field when a holder is named on one line. */
const NAMED = 120;
const RUN_URL = /^https?:\/\/.+\/actions\/runs\/\d+(?:\/attempts\/\d+)?/;

/** The page of the run that holds a lock, if its info names one, on any server. Takes linear time. */
export function findRunUrl(holder: Pick<LockHolder, 'info'> | undefined): string | undefined {
  if (holder?.info === undefined) return undefined;
  // Anything that is not part of a URL may precede it, such as a bracket.
  const words = holder.info.info.slice(0, LONGEST_FIELD).split(/[\s"'<>,]+|(?=https?:\/\/)/);
  return words.flatMap((word) => RUN_URL.exec(word)?.[0] ?? []).at(0);
}

/** The same, but only for a page of this server, because somebody else chose the URL. */
export function findRunPage(holder: LockHolder | undefined, { githubServer }: RunPages): string | undefined {
  const url = findRunUrl(holder);
  if (url === undefined || !URL.canParse(url) || !URL.canParse(githubServer)) return undefined;
  const { origin, username, password } = new URL(url);
  return origin === new URL(githubServer).origin && username + password === '' ? url : undefined;
}

/** Who holds a lock, in a few words: `alice@runner-1 (OperationTypeApply) for 4m, https://...`. */
export function nameHolder(holder: LockHolder | undefined, pages: RunPages, now: number): string {
  if (holder === undefined) return 'somebody who released it before the action could read it';
  if (holder.info === undefined) return "somebody whose lock can't be read";
  const { who, operation, created } = holder.info;
  const url = findRunPage(holder, pages);
  const age = formatDuration(now - Date.parse(created));
  const page = url === undefined ? '' : `, ${excerpt(url, SHOWN)}`;
  return `${excerpt(who, NAMED)} (${excerpt(operation, NAMED)}) for ${age}${page}`;
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

/** Every field of a holder, one per line, as Terraform prints them; for an unreadable holder, what is stored. */
export function holderLines(holder: LockHolder | undefined, pages: RunPages, now: number): string[] {
  if (holder === undefined) return ['  (it changed hands each time before its holder could be read)'];
  if (holder.info === undefined) {
    return [
      '  Neither this action nor Terraform can read the lock. Instead of a lock info it contains',
      `  ${rawInfo(holder)}`,
    ];
  }
  const { id, path, operation, who, version, created, info } = holder.info;
  const age = `${formatDuration(now - Date.parse(created))} ago`;
  const fields: [string, string][] = [
    ['ID', id],
    ['Path', path],
    ['Operation', operation],
    ['Who', who],
    ['Version', version],
    ['Created', `${created} (${age})`],
    ['Info', info],
  ];
  const url = findRunPage(holder, pages);
  if (url !== undefined) fields.push(['Run', url]);
  return fields.map(([name, value]) => `  ${`${name}:`.padEnd(11)}${shorten(value)}`);
}
