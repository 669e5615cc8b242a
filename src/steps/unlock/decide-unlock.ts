import type { LockHolder } from '../../backend/lock/lock-info.ts';
import type { FoundLock } from '../../backend/lock/lock-store.ts';
import type { StateLock } from '../../backend/lock/state-lock.ts';
import type { Clock, Dependencies } from '../../job-state/dependencies.ts';
import type { KeptLock } from '../../messages/unlock-outcome.ts';
import { formatDuration } from '../../runner/duration.ts';
import type { Runner } from '../../runner/runner.ts';
import { endedForMs, isSameBeat, watchMs } from '../../staleness/heartbeat.ts';
import { findReasonNotStale, type NotStaleReason, runOfHolder } from '../../staleness/run-evidence.ts';
import type { UnlockMode } from './unlock-inputs.ts';

// The step ends after 15 minutes.
const LONGEST_WATCH_MS = 600_000;

type StaleMode = Extract<UnlockMode, { kind: 'only_if_stale' }>;

/** What a decision is made by. */
export interface EvidenceDependencies extends Pick<Dependencies, 'lookUpRun' | 'signal'> {
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>;
  readonly runner: Pick<Runner, 'info'>;
}

/** Why each lock is not to be freed, in the order of `found`; undefined for one that is. Deletes nothing. */
export async function decideUnlock(
  deps: EvidenceDependencies,
  places: StateLock,
  mode: UnlockMode,
  found: readonly FoundLock[],
): Promise<(KeptLock | undefined)[]> {
  if (mode.kind === 'force') return found.map(() => undefined);
  if (mode.kind === 'lock_id') return found.map((lock) => whyNotNamed(lock, mode.lockId));
  const reasons = await listReasonsByHolder(deps, places, mode, found);
  return found.map((lock) => {
    const reason = reasons.get(lock.holder.raw);
    return reason === undefined ? undefined : { code: 'not_stale', lock, reason };
  });
}

function whyNotNamed(lock: FoundLock, lockId: string): KeptLock | undefined {
  const { info } = lock.holder;
  if (info === undefined) return { code: 'holder_unreadable', lock };
  return info.id === lockId ? undefined : { code: 'lock_id_differs', lock, lockId };
}

/** One decision about a holder that is in both stores: the sign of life on its item speaks for its file, too. */
async function listReasonsByHolder(
  deps: EvidenceDependencies,
  places: StateLock,
  mode: StaleMode,
  found: readonly FoundLock[],
): Promise<Map<string | undefined, NotStaleReason>> {
  const reasons = new Map<string | undefined, NotStaleReason>();
  for (const { holder } of found) {
    if (reasons.has(holder.raw)) continue;
    const renewed = found.find((lock) => lock.holder.raw === holder.raw && lock.heartbeat !== undefined);
    reasons.set(holder.raw, await findReason(deps, places, mode, holder, renewed));
  }
  return reasons;
}

async function findReason(
  deps: EvidenceDependencies,
  places: StateLock,
  { github, staleAfterMs }: StaleMode,
  holder: LockHolder,
  renewed: FoundLock | undefined,
): Promise<NotStaleReason> {
  const run = runOfHolder(holder, github.serverUrl);
  if (run.kind === 'none') return run.reason;
  const { apiUrl, token = '' } = github;
  const status = await deps.lookUpRun(run.attempt, { apiUrl, token, signal: deps.signal });
  const reason = findReasonNotStale(status, endedForMs(renewed, staleAfterMs));
  return reason === undefined && renewed !== undefined ? await watch(deps, places, renewed) : reason;
}

/** Watches the heartbeat of a lock. A lock that goes meanwhile leaves no doubt: its delete will find that out. */
async function watch(
  { clock, runner, signal }: EvidenceDependencies,
  places: StateLock,
  lock: FoundLock,
): Promise<NotStaleReason> {
  const intervalMs = lock.heartbeat?.intervalMs ?? 0;
  const wholeMs = watchMs(lock) ?? 0;
  if (wholeMs > LONGEST_WATCH_MS) {
    return `its heartbeat comes every ${formatDuration(intervalMs)}, too seldom to be watched here`;
  }
  runner.info(`Its run has ended. Watching for ${formatDuration(wholeMs)} whether its heartbeat has, too.`);
  const since = clock.monotonic();
  for (let at = since; at - since < wholeMs; ) {
    await clock.sleep(Math.min(intervalMs, wholeMs - (at - since)), signal);
    at = clock.monotonic();
    const now = (await places.read()).find(({ store: place }) => place === lock.store);
    if (now === undefined || now.holder.raw !== lock.holder.raw) return undefined;
    if (!isSameBeat(lock, now)) return 'its run has ended, but it was renewed while we watched';
  }
  return undefined;
}
