import type { LockHolder } from '../backend/records/lock-info.ts';
import type { LockStoreName } from '../backend/records/provenance.ts';
import { formatAgo } from '../time/duration.ts';
import { countStates } from './count-states.ts';
import { countStatuses } from './count-statuses.ts';
import { describeLocked } from './locked-text.ts';
import { describeNotStale, type NotStaleReason } from './not-stale-text.ts';
import { excerpt, plain } from './plain.ts';
import type { RunPages } from './run-page.ts';

/** What shows how a client locked a state. */
export type ClientProof =
  /** It has the lock now. */
  | 'live_lock'
  /** The object's metadata, which this action wrote. */
  | 'metadata'
  /** The versions of the lock file, beside those of the state. */
  | 'versions';

/** How the last client of a state locks it. */
export type LastClient =
  | { readonly kind: 'both' | 'file'; readonly proof: ClientProof }
  /** `no_trace`: no lock file is known from that time, but a lifecycle rule may have removed it. */
  | { readonly kind: 'table'; readonly proof: ClientProof | 'no_trace' }
  | { readonly kind: 'unknown'; readonly reason: UnknownReason };

/** Why it is unknown how the last client locks. */
export type UnknownReason =
  /** The table has no item of the state. */
  'not_in_table' | 'no_versions' | 'digest_differs' | 'no_object' | 'not_looked_at';

/** A lock that somebody has now. */
export interface LiveLock {
  readonly stores: readonly LockStoreName[];
  readonly holder: LockHolder;
  /** An earlier `finish` took it, which may have been interrupted. */
  readonly isOfFinish: boolean;
}

/** What is known about a state that moves from the table to the lock file. Times are in ms since the epoch. */
export interface MigrationFinding {
  readonly objectKey: string;
  /**
   * How the table's digest compares with the object. `unchecked`: the ETag differs, which proves nothing with KMS, and
   * the object was not read.
   */
  readonly digest: 'none' | 'agrees' | 'differs' | 'unchecked';
  readonly client: LastClient;
  readonly writtenAt: number | undefined;
  /** When somebody last took the lock file, if known. */
  readonly lockFileSeenAt: number | undefined;
  /** When a client that takes only the table's lock was last seen. */
  readonly tableClient: TableClientSeen | undefined;
  /** Who wrote the object, if this action did. */
  readonly writer: { readonly actor: string; readonly run: string } | undefined;
  readonly liveLock: LiveLock | undefined;
}

export interface TableClientSeen {
  readonly at: number;
  /** False when no lock file is known from that time, but a lifecycle rule may have removed it. */
  readonly isCertain: boolean;
}

/** How far a state is, or how it ended. */
export type MigrationStatus =
  /** The table has no item of it. */
  | { readonly kind: 'done' }
  /** Its holders take both locks. */
  | { readonly kind: 'proven' }
  /** Its items can be removed. */
  | { readonly kind: 'ready' }
  /** Its items are gone. */
  | { readonly kind: 'finished' }
  | {
      readonly kind: 'locked';
      readonly holder: LockHolder | undefined;
      /** Why an earlier `finish` that holds the lock is not taken for dead. Undefined: somebody else holds it. */
      readonly whyNotDead?: NotStaleReason | undefined;
    }
  | ({ readonly kind: 'table_client' } & TableClientSeen)
  | { readonly kind: 'file_client' }
  /** The last client took only the table's lock, and nobody has taken the lock file since. */
  | { readonly kind: 'not_seen' }
  | { readonly kind: 'unknown'; readonly reason: UnknownReason }
  /** Somebody wrote it while it was assessed. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'failed'; readonly error: unknown };

/** In the order in which a reader should look at them. */
export const MIGRATION_STATUSES = [
  'failed',
  'locked',
  'table_client',
  'file_client',
  'unknown',
  'changed',
  'not_seen',
  'ready',
  'proven',
  'finished',
  'done',
] as const satisfies readonly MigrationStatus['kind'][];

/** A state with its finding and its status. */
export interface MigrationRow {
  readonly finding: MigrationFinding;
  readonly status: MigrationStatus;
}

/** The names that people read. */
export const MIGRATION_STATUS_NAMES: Readonly<Record<MigrationStatus['kind'], string>> = {
  failed: '❌ failed',
  locked: '🔒 locked',
  table_client: '⚠️ client with the table alone',
  file_client: '⚠️ client without the table',
  unknown: '❓ unknown',
  changed: '↻ changed meanwhile',
  not_seen: '⏳ not seen yet',
  ready: '🟢 ready',
  proven: '🟢 proven',
  finished: '✅ finished',
  done: '✅ not in the table',
};

/** How the last client locks, and what shows it. Pure. */
export function describeClient(client: LastClient): string {
  switch (client.kind) {
    case 'both':
      return `took both locks: ${describeProof(client.proof)}`;
    case 'file':
      return `took the lock file and does not use the table: ${describeProof(client.proof)}`;
    case 'table':
      return client.proof === 'no_trace'
        ? 'took the lock in the table, and no lock file is known from that time'
        : `took the lock in the table alone: ${describeProof(client.proof)}`;
    case 'unknown':
      return `unknown: ${describeUnknown(client.reason)}`;
  }
}

function explainHeld(
  { holder, whyNotDead }: Extract<MigrationStatus, { kind: 'locked' }>,
  pages: RunPages,
  now: number,
): string {
  const locked = `it is ${describeLocked(holder, pages, now)}`;
  if (whyNotDead === undefined) return locked;
  return `${locked}, an earlier finish that may still run: ${describeNotStale(whyNotDead)}`;
}

function describeProof(proof: ClientProof): string {
  if (proof === 'live_lock') return 'it has the lock now';
  return proof === 'metadata'
    ? 'this action recorded it in the metadata of the object'
    : 'the versions in the bucket show it';
}

/** Why it is unknown, as a clause. Pure. */
export function describeUnknown(reason: UnknownReason): string {
  switch (reason) {
    case 'not_in_table':
      return 'the table has no item of the state';
    case 'no_versions':
      return 'the bucket kept no versions when the state was written';
    case 'digest_differs':
      return 'the digest in the table does not match the state, and nothing shows who wrote it';
    case 'no_object':
      return 'the table has a digest, but the state does not exist';
    case 'not_looked_at':
      return 'the versions in the bucket were not read';
  }
}

/** What a status means for its state, as a clause. `now`: in ms since the epoch. Pure. */
export function describeStatus(status: MigrationStatus, pages: RunPages, now: number): string {
  switch (status.kind) {
    case 'done':
      return 'the table has no item of it';
    case 'proven':
      return 'its holders take both locks';
    case 'ready':
      return 'its items in the table can be removed';
    case 'finished':
      return 'its items in the table are gone';
    case 'locked':
      return explainHeld(status, pages, now);
    case 'table_client': {
      const doubt = status.isCertain ? '' : ', unless a lifecycle rule removed its lock file';
      return `a client that takes only the lock in the table wrote it ${formatAgo(now - status.at)}${doubt}`;
    }
    case 'file_client':
      return 'a client without the table wrote it, so its digest is out of date and every client with the table fails';
    case 'not_seen':
      return 'nobody has taken its lock file since its last write';
    case 'unknown':
      return describeUnknown(status.reason);
    case 'changed':
      return 'somebody wrote or locked it while this step checked it';
    case 'failed':
      return 'an error stopped it';
  }
}

/** The same where no name of the status stands beside it. */
function explainStatus(status: MigrationStatus, pages: RunPages, now: number): string {
  const what = describeStatus(status, pages, now);
  return status.kind === 'unknown' ? `it is unknown how its last client locked it: ${what}` : what;
}

/** A state's line in the log. Pure. */
export function migrationLine(
  { finding, status }: MigrationRow,
  where: { readonly bucket: string },
  pages: RunPages,
  now: number,
): string {
  const head = `s3://${where.bucket}/${plain(finding.objectKey)}: ${explainStatus(status, pages, now)}.`;
  const isSaid = status.kind === 'finished' || status.kind === 'done' || status.kind === 'unknown';
  return isSaid ? head : `${head} Last client: ${describeClient(finding.client)}.`;
}

/** The result for all states: `12 states. 🟢 proven: 10, ❓ unknown: 2`. Pure. */
export function describeCounts(rows: readonly MigrationRow[]): string {
  const counts = countStatuses(MIGRATION_STATUSES, rows).flatMap(([kind, count]) =>
    count === 0 ? [] : [`${MIGRATION_STATUS_NAMES[kind]}: ${count}`],
  );
  return counts.length === 0 ? 'no states' : `${countStates(rows.length)}. ${counts.join(', ')}`;
}

/** The most states that an error names. */
const NAMED = 5;

/** The states that a command was about. */
export interface MigrationRange {
  /** The result of `nameRange`. */
  readonly where: string;
  readonly rows: readonly unknown[];
  /** The number of states that were not checked. */
  readonly moreStates: number;
}

/** `2 of 12 states in s3://b/`: those that are open, or else those that were not checked. */
function countOpen(open: readonly MigrationRow[], { where, rows, moreStates }: MigrationRange): string {
  const count = open.length === 0 ? moreStates : open.length;
  return `${count} of ${countStates(rows.length + moreStates)} in ${where}`;
}

/** Why `dual` fails. Pure. */
export function explainNotProven(
  open: readonly MigrationRow[],
  range: MigrationRange,
  pages: RunPages,
  now: number,
): string {
  return [
    `Nothing proves yet that the holders of ${countOpen(open, range)} take both locks.`,
    'Add use_lockfile = true beside dynamodb_table wherever these states are used, and plan or apply each of them once. Then run dual again.',
    ...listRows(open, pages, now),
  ].join('\n');
}

/** Why `finish` fails although it reached its end. Pure. */
export function explainNotFinished(
  open: readonly MigrationRow[],
  range: MigrationRange,
  pages: RunPages,
  now: number,
): string {
  const still = open.length === 0 ? 'may still have' : `still ${open.length === 1 ? 'has' : 'have'}`;
  const first = `${countOpen(open, range)} ${still} items in the table.`;
  if (open.length === 0) return `${first} They were not checked.`;
  return [
    first,
    'The lines below say why. Solve that, then run finish again. If nothing shows how a state is locked but you know it, name the state in allow_unknown.',
    ...listRows(open, pages, now),
  ].join('\n');
}

function listRows(rows: readonly MigrationRow[], pages: RunPages, now: number): string[] {
  const shown = rows
    .slice(0, NAMED)
    .map(
      ({ finding, status }) => `- ${excerpt(finding.objectKey, 200)}: ${explainStatus(status, pages, now)}.`,
    );
  const more = rows.length - shown.length;
  return more > 0 ? [...shown, `- and ${more} more`] : shown;
}

/** The warning that states were left out. Pure. */
export function moreStatesText(looked: number, more: number): string {
  return `Only the first ${looked} states were checked, and ${more} were left out. Run the step once for each part of the bucket, with a longer key_prefix.`;
}

/** Why there is nothing to migrate. Pure. */
export function explainNoStates(where: string): string {
  return `No states were found in ${where}. Check bucket, key_prefix and dynamodb_table.`;
}
