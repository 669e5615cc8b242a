import type { GitHubError } from '../github/api.ts';
import { capitalize } from '../text/capitalize.ts';
import { formatDuration } from '../time/duration.ts';
import { explainGitHubError } from './explain-github-error.ts';
import { type AssessedLock, describeHolderStatus, type HolderStatus } from './holder-status.ts';
import { describeHolding } from './lock-text.ts';
import { describeNotStale, type NotStaleReason } from './not-stale-text.ts';
import { plain } from './plain.ts';
import type { RunPages } from './run-page.ts';

/** What happened to the lock of a dead holder. */
export type FreeEnd =
  | { readonly kind: 'freed' }
  /** Somebody else freed it first. */
  | { readonly kind: 'gone' }
  /** It has another holder now. */
  | { readonly kind: 'taken' }
  | { readonly kind: 'stays'; readonly reason: NotStaleReason }
  | { readonly kind: 'failed'; readonly error: unknown };

/** A lock that was found. `end`: what was done about it, undefined when nothing was. */
export interface LockRow extends AssessedLock {
  readonly end: FreeEnd | undefined;
}

/** The names that people read. */
export const STATUS_NAMES: Readonly<Record<HolderStatus['kind'], string>> = {
  dead: '💀 dead',
  unreadable: '❓ unreadable',
  unclear: '❔ unclear',
  person: '👤 a person or another system',
  frozen: '🧊 frozen',
  alive: '🟢 alive',
};

/** Where a lock is: the table, the bucket, or both. */
export function nameLockStores({ found: { stores } }: AssessedLock): string {
  return stores.map(({ store }) => (store === 'item' ? 'table' : 'lock file')).join(' and ');
}

/** The log's line for a lock. Pure. */
export function lockLine(row: LockRow, pages: RunPages, now: number): string {
  const { found, status } = row;
  const [{ holder }] = found.stores;
  const head = `${plain(found.address.lockPath)} (${nameLockStores(row)}) is ${describeHolding(holder, pages, now)}`;
  // The words for a freeze begin with what it is.
  const words = status.kind === 'frozen' ? [] : [status.kind];
  const why = capitalize([...words, describeHolderStatus(status)].join(': '));
  return `${head}. ${why}.${freeSentence(row)}`;
}

function freeSentence({ end }: LockRow): string {
  const words = end && describeFreeEnd(end);
  return words === undefined ? '' : ` It ${words}.`;
}

/** What happened to a lock; continues a sentence after the lock's name. Pure. */
export function describeFreeEnd(end: FreeEnd): string {
  switch (end.kind) {
    case 'freed':
      return 'is freed';
    case 'gone':
      return 'was freed by somebody else in the meantime';
    case 'taken':
      return 'has a new holder and stays';
    case 'stays':
      return `stays: ${describeNotStale(end.reason)}`;
    case 'failed':
      return 'could not be freed';
  }
}

/** How many locks there are, in the log and in a title: `3 locks`. Pure. */
export function countLocks(count: number): string {
  if (count === 0) return 'no lock';
  return count === 1 ? 'one lock' : `${count} locks`;
}

/** The searched range: `s3://bucket/prefix and table locks`. Pure. */
export function nameRange(range: {
  readonly bucket: string;
  readonly prefix: string;
  readonly table: string | undefined;
}): string {
  const objects = `s3://${range.bucket}/${plain(range.prefix)}`;
  return range.table === undefined ? objects : `${objects} and table ${range.table}`;
}

/** The log's last line. `tookMs`: of the whole search. Pure. */
export function lookedLine(where: string, facts: { locks: number; objects: number; tookMs: number }): string {
  const { locks, objects, tookMs } = facts;
  const listed = objects === 1 ? 'one object' : `${objects} objects`;
  return `Found ${countLocks(locks)} in ${where}. Listed ${listed} in ${formatDuration(tookMs)}.`;
}

/** The warning about locks that were not checked. Pure. */
export function moreLocksText(looked: number, more: number): string {
  return `The step checked ${looked} locks, but there are ${more} more. Narrow key_prefix, and run the step once for each part.`;
}

/** The notice for an issue that was written. Pure. */
export function issueLine(
  kind: 'created' | 'updated' | 'closed' | 'unchanged' | 'superseded',
  url: string,
): string {
  switch (kind) {
    case 'created':
      return `Opened an issue about the locks: ${plain(url)}`;
    case 'updated':
      return `Updated the issue about the locks: ${plain(url)}`;
    case 'closed':
      return `Closed the issue about the locks, which are gone: ${plain(url)}`;
    case 'unchanged':
      return `The issue about the locks is up to date: ${plain(url)}`;
    case 'superseded':
      return `A newer run has written the issue about the locks, so it stays as it is: ${plain(url)}`;
  }
}

/** Why the issue could not be written, and the fix. Pure. */
export function explainNoIssue(repository: string, error: GitHubError): string {
  const isForbidden = error.kind === 'forbidden' || error.kind === 'not_found';
  const needs = isForbidden
    ? ' github_token needs issues: write, and the repository must have issues enabled. The token of a run for a fork never has that permission.'
    : '';
  return `The issue about the locks could not be written in ${plain(repository)}.${needs} ${explainGitHubError(error)}.`;
}
