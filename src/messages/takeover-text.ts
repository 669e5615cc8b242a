import type { FoundLock } from '../backend/lock/lock-store.ts';
import { parseFreeze } from '../backend/records/freeze.ts';
import type { LockHolder } from '../backend/records/lock-info.ts';
import type { StateProvenance } from '../backend/records/provenance.ts';
import type { DigestRepair } from '../backend/state/repair-digest.ts';
import type { StateScope } from '../backend/state-error.ts';
import { formatDuration } from '../time/duration.ts';
import { block, code } from './html.ts';
import {
  describeHolding,
  HELD_BY,
  holderLines,
  holdingLines,
  type LockAddress,
  nameStore,
} from './lock-text.ts';
import { describeProof, type StaleProof } from './not-stale-text.ts';
import { plain } from './plain.ts';
import type { RunPages } from './run-page.ts';
import { stateUrl } from './state-url.ts';

/** The log's line when a watch begins. */
export function watchLine(wholeMs: number): string {
  return `The run that holds the lock has ended. Watching its heartbeat for ${formatDuration(wholeMs)}.`;
}

/** The log's line before a lock is taken over. */
export function brokenLine(holder: LockHolder, pages: RunPages, proof: StaleProof, now: number): string {
  return `The lock is ${describeHolding(holder, pages, now)}. It is stale: ${describeProof(proof)}. Taking it over.`;
}

/** The notice when locks were taken over: every field of their holders. `now` in ms since the epoch. */
export function takeoverText(scope: StateScope, broken: readonly FoundLock[], now: number): string {
  const lines = byHolder(broken).flatMap(([holder, locks]) =>
    holdingLines(`${takenOver(holder, scope.address.lockPath, where(locks, scope))}. It was`, holder, now),
  );
  return lines.join('\n');
}

function takenOver(holder: LockHolder, path: string, where: string): string {
  return parseFreeze(holder) === undefined
    ? `Took over the lock of ${path} in ${where}, whose run has ended`
    : `Ended the freeze of ${path} in ${where}, which was past its end`;
}

/** The same as one block of Markdown for the job's page. */
export function takeoverSummary(scope: StateScope, broken: readonly FoundLock[], now: number): string {
  const parts = byHolder(broken).flatMap(([holder, locks]) => [
    parseFreeze(holder) === undefined
      ? `The lock of ${code(scope.address.lockPath)} in ${code(where(locks, scope))} was ${HELD_BY} a run that has ended:`
      : `The freeze of ${code(scope.address.lockPath)} in ${code(where(locks, scope))} was past its end:`,
    '',
    block(holderLines(holder, now).join('\n')),
    '',
  ]);
  const what = broken.every(({ holder }) => parseFreeze(holder) !== undefined)
    ? 'freeze ended'
    : 'stale lock taken over';
  return [`### 🔓 Terraform state: ${what}`, '', ...parts].join('\n');
}

/** The notice when a digest was written that a crash, or the loss of a lock, had prevented. */
export function repairedText(scope: StateScope, { calculated, stored, written }: DigestRepair): string {
  const writer = written === undefined ? 'a writer that left no name' : writerText(written);
  return [
    `Repaired the digest of ${stateUrl(scope)} in table ${scope.table}: a job died, or lost its lock, after it wrote the state and before it wrote the digest.`,
    `  Object, written by ${writer}: ${calculated}`,
    `  Previous digest: ${stored}`,
  ].join('\n');
}

/** Who wrote an object, according to its metadata. */
export function writerText({ actor, run }: StateProvenance): string {
  return `${plain(actor)} in ${plain(run)}`;
}

function byHolder(locks: readonly FoundLock[]): [LockHolder, FoundLock[]][] {
  const groups = Map.groupBy(locks, ({ holder }) => holder.raw);
  return [...groups.values()].flatMap((group) => (group[0] === undefined ? [] : [[group[0].holder, group]]));
}

function where(locks: readonly FoundLock[], scope: LockAddress): string {
  return locks.map((lock) => nameStore(lock, scope)).join(' and ');
}
