import type { LockHolder } from '../../backend/lock-info.ts';
import { formatDuration } from '../../runner/duration.ts';
import { plain } from './plain.ts';

const RUN_URL = /https?:\/\/[^\s"'<>,]+\/actions\/runs\/\d+(?:\/attempts\/\d+)?/;

/** The page of the run that holds a lock, when its info names one. */
export function runUrlOf(holder: LockHolder | undefined): string | undefined {
  return holder?.info === undefined ? undefined : RUN_URL.exec(holder.info.info)?.[0];
}

/** Who holds a lock, in a few words: `alice@runner-1 (OperationTypeApply) for 4m, https://...`. */
export function nameHolder(holder: LockHolder | undefined, now: number): string {
  if (holder === undefined) return 'somebody who let go of it before we could see who';
  if (holder.info === undefined) return 'somebody whose lock item can not be read';
  const { who, operation, created } = holder.info;
  const url = runUrlOf(holder);
  const age = formatDuration(now - Date.parse(created));
  return `${plain(who)} (${plain(operation)}) for ${age}${url === undefined ? '' : `, ${plain(url)}`}`;
}

/** Every field of a holder, one a line, as Terraform prints them; of an unreadable one, what is stored. */
export function holderLines(holder: LockHolder | undefined, now: number): string[] {
  if (holder === undefined) return ['  (it changed hands each time before its holder could be read)'];
  if (holder.info === undefined) {
    return [
      '  The lock item can not be read, by Terraform neither: its Info is',
      `  ${holder.raw === undefined ? '(missing)' : plain(holder.raw)}`,
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
