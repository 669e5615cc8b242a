import type { StatePlace } from '../../backend/faults.ts';
import type { FoundLock } from '../../backend/lock.ts';
import type { LockHolder } from '../../backend/lock-info.ts';
import { formatDuration } from '../../runner/duration.ts';
import { plain } from './plain.ts';

/** What the name of a lock's place needs. */
export type LockAddress = Pick<StatePlace, 'address' | 'table'>;

const SHOWN = 2000;
const RUN_URL = /https?:\/\/[^\s"'<>,]+\/actions\/runs\/\d+(?:\/attempts\/\d+)?/;

/** The page of the run that holds a lock, when its info names one. */
export function runUrlOf(holder: LockHolder | undefined): string | undefined {
  return holder?.info === undefined ? undefined : RUN_URL.exec(holder.info.info)?.[0];
}

/** Who holds a lock, in a few words: `alice@runner-1 (OperationTypeApply) for 4m, https://...`. */
export function nameHolder(holder: LockHolder | undefined, now: number): string {
  if (holder === undefined) return 'somebody who let go of it before we could see who';
  if (holder.info === undefined) return 'somebody whose lock can not be read';
  const { who, operation, created } = holder.info;
  const url = runUrlOf(holder);
  const age = formatDuration(now - Date.parse(created));
  return `${plain(who)} (${plain(operation)}) for ${age}${url === undefined ? '' : `, ${plain(url)}`}`;
}

/** Where a state is locked: `table locks`, `the lock file`, or both. */
export function namePlaces({ table, useLockfile }: Pick<StatePlace, 'table' | 'useLockfile'>): string {
  return [...(useLockfile ? ['the lock file'] : []), ...(table === undefined ? [] : [`table ${table}`])].join(
    ' and ',
  );
}

/** Where one lock was found: `table locks`, `the lock file s3://b/k.tflock`. */
export function namePlace({ place }: FoundLock, { address, table = '' }: LockAddress): string {
  if (place === 'item') return `table ${table}`;
  return `the lock file s3://${address.bucket}/${address.lockFileKey}`;
}

/** What stands where a lock's info should be; of a long text its beginning. */
export function rawInfo({ raw }: LockHolder): string {
  if (raw === undefined) return '(missing)';
  return raw === '' ? '(nothing)' : shorten(raw);
}

/** Other people's text on one line, of a long one the beginning: a lock can be 400 kB of anything. */
export function shorten(text: string): string {
  if (text.length <= SHOWN) return plain(text);
  return `${plain(text.slice(0, SHOWN))}... (${text.length - SHOWN} characters more)`;
}

/** Every field of a holder, one a line, as Terraform prints them; of an unreadable one, what is stored. */
export function holderLines(holder: LockHolder | undefined, now: number): string[] {
  if (holder === undefined) return ['  (it changed hands each time before its holder could be read)'];
  if (holder.info === undefined) {
    return [
      '  The lock can not be read, by Terraform neither. In place of its info it has',
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
  const url = runUrlOf(holder);
  if (url !== undefined) fields.push(['Run', url]);
  return fields.map(([name, value]) => `  ${`${name}:`.padEnd(11)}${plain(value)}`);
}
