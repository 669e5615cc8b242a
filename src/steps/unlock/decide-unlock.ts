import type { FoundLock } from '../../backend/lock/lock-store.ts';
import type { StateLock } from '../../backend/lock/state-lock.ts';
import { parseFreeze } from '../../backend/records/freeze.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import type { NotStaleReason } from '../../messages/not-stale-text.ts';
import { watchLine } from '../../messages/takeover-text.ts';
import type { KeptLock } from '../../messages/unlock-outcome.ts';
import type { Runner } from '../../runner/runner.ts';
import { proveStale, type StaleWatch, seeLock } from '../../staleness/holder-evidence.ts';
import { runOfHolder } from '../../staleness/run-evidence.ts';
import type { Clock } from '../../time/clock.ts';
import type { UnlockMode } from './unlock-inputs.ts';

// The step is out of time after 15 minutes.
const LONGEST_WATCH_OF_UNLOCK_MS = 600_000;

type StaleMode = Extract<UnlockMode, { kind: 'only_if_stale' }>;

/** What a decision needs. */
export interface EvidenceDependencies extends Pick<Dependencies, 'lookUpRun' | 'signal'> {
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>;
  readonly runner: Pick<Runner, 'info'>;
}

/** Why each lock must not be freed, in the order of `found`; undefined for one that may be. Deletes nothing. */
export async function decideUnlock(
  deps: EvidenceDependencies,
  stores: StateLock,
  mode: UnlockMode,
  found: readonly FoundLock[],
): Promise<(KeptLock | undefined)[]> {
  if (mode.kind === 'force') return found.map(whyNotForced);
  if (mode.kind === 'lock_id') return found.map((lock) => whyNotNamed(lock, mode.lockId));
  const reasons = await listReasonsByHolder(deps, stores, mode, found);
  return found.map((lock) => {
    const reason = reasons.get(lock.holder.raw);
    return reason === undefined ? undefined : { code: 'not_stale', lock, reason };
  });
}

/** Force is for locks whose holder is gone, but a freeze is meant to outlive its job. */
function whyNotForced(lock: FoundLock): KeptLock | undefined {
  return parseFreeze(lock.holder) === undefined ? undefined : { code: 'frozen', lock };
}

function whyNotNamed(lock: FoundLock, lockId: string): KeptLock | undefined {
  const { id } = lock.holder;
  if (id === undefined) return { code: 'holder_unreadable', lock };
  return id === lockId ? undefined : { code: 'lock_id_differs', lock, lockId };
}

/** Asks about each holder once, even if it is in both stores: the heartbeat of its item also counts for its file. */
async function listReasonsByHolder(
  deps: EvidenceDependencies,
  stores: StateLock,
  mode: StaleMode,
  found: readonly FoundLock[],
): Promise<Map<string | undefined, NotStaleReason | undefined>> {
  const reasons = new Map<string | undefined, NotStaleReason | undefined>();
  for (const first of found) {
    const { raw } = first.holder;
    if (reasons.has(raw)) continue;
    const renewed = found.find((lock) => lock.holder.raw === raw && lock.heartbeat !== undefined);
    reasons.set(raw, await findReason(deps, stores, mode, renewed ?? first));
  }
  return reasons;
}

/**
 * Watches a lock until it is proven stale, or can't be. If it disappears in the meantime, nothing is left to prove: its
 * delete will show that.
 */
async function findReason(
  deps: EvidenceDependencies,
  stores: StateLock,
  { github, staleAfterMs }: StaleMode,
  lock: FoundLock,
): Promise<NotStaleReason | undefined> {
  const { clock, runner, signal } = deps;
  const limits = { staleAfterMs, longestWatchMs: LONGEST_WATCH_OF_UNLOCK_MS };
  const findRun = ({ holder }: FoundLock) => runOfHolder(holder, github.serverUrl);
  const first = await lookUp(deps, github, seeLock(undefined, lock, findRun, clock.monotonic()));
  for (let watch = first; ; ) {
    const now = clock.monotonic();
    const staleness = proveStale(watch, limits, now);
    if (staleness.kind === 'stale') return undefined;
    if (staleness.kind === 'none') return staleness.reason;
    const leftMs = staleness.until - now;
    if (watch === first) runner.info(watchLine(leftMs));
    await clock.sleep(Math.min(lock.heartbeat?.intervalMs ?? leftMs, leftMs), signal);
    const next = (await stores.read()).find(({ store }) => store === lock.store);
    if (next === undefined || next.holder.raw !== lock.holder.raw) return undefined;
    watch = seeLock(watch, next, findRun, clock.monotonic());
    if (watch.stillSince !== first.stillSince) return { kind: 'renewed_while_watched' };
  }
}

async function lookUp(
  { clock, lookUpRun, signal }: EvidenceDependencies,
  { apiUrl, token = '' }: StaleMode['github'],
  watch: StaleWatch,
): Promise<StaleWatch> {
  if (watch.run.kind === 'none') return watch;
  const status = await lookUpRun(watch.run.attempt, { apiUrl, token, signal });
  return { ...watch, answer: { status, at: clock.monotonic() } };
}
