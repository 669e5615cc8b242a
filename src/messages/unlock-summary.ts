import type { StateScope } from '../backend/state-error.ts';
import { code, escapeHtml, htmlTable } from './html.ts';
import { HELD_BY, nameStore, renderHolder } from './lock-text.ts';
import { describeNotStale } from './not-stale-text.ts';
import { decisiveEnd, isFailed, type LockEnd, type UnlockOutcome } from './unlock-outcome.ts';

/** One block of Markdown for the job's page: what was found and what was done. `now` in ms since the epoch. Pure. */
export function renderUnlock(outcome: UnlockOutcome, scope: StateScope, now: number): string {
  const rows = outcome.map((end): [string, string] => [
    escapeHtml(nameStore(end.lock, scope)),
    `${deed(end)}; ${HELD_BY} ${renderHolder(end.lock.holder, scope, now)}`,
  ]);
  return [`### ${title(outcome)}`, '', htmlTable([['Lock', code(scope.address.lockPath)], ...rows]), ''].join(
    '\n',
  );
}

function title(outcome: UnlockOutcome): string {
  const end = decisiveEnd(outcome);
  if (end === undefined) return '🔓 Terraform lock: there is none';
  if (isFailed(end)) return '❌ Terraform lock: not freed';
  const titles: Readonly<Record<typeof end.code, string>> = {
    released: '🔓 Terraform lock: freed',
    no_lock: '🔓 Terraform lock: already free',
    frozen: '🧊 Terraform state: frozen',
    not_stale: '🔒 Terraform lock: not provably stale',
    lock_lost: '🔒 Terraform lock: changed hands',
    lock_id_differs: '🔒 Terraform lock: has another id',
    holder_unreadable: "🔒 Terraform lock: can't be read",
  };
  return titles[end.code];
}

function deed(end: LockEnd): string {
  if (isFailed(end)) return '❌ not freed';
  if (end.code === 'not_stale') return `stays: ${code(describeNotStale(end.reason))}`;
  return {
    frozen: 'is a freeze, and stays',
    released: 'freed',
    no_lock: 'freed by somebody else at the same time',
    lock_lost: 'changed hands, and stays',
    lock_id_differs: 'has another id, and stays',
    holder_unreadable: "can't be read, and stays",
  }[end.code];
}
