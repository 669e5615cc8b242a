import type { FoundLock } from '../../backend/lock/lock-store.ts';
import { mapAtOnce } from '../../backend/survey/map-at-once.ts';
import type { FoundStateLock } from '../../backend/survey/survey-locks.ts';
import type { RunAttempt } from '../../github/run-status.ts';
import type { StaleProofInputs } from '../../inputs/stale-inputs.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { type AssessedLock, type HolderStatus, statusWithoutProof } from '../../messages/holder-status.ts';
import { watchLine } from '../../messages/takeover-text.ts';
import type { Runner } from '../../runner/runner.ts';
import { proveStale, type Staleness, type StaleWatch, seeLock } from '../../staleness/holder-evidence.ts';
import { runOfHolder } from '../../staleness/run-evidence.ts';
import type { Clock } from '../../time/clock.ts';

/** What it takes to assess locks. */
export interface AssessDependencies extends Pick<Dependencies, 'lookUpRun' | 'signal'> {
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>;
  readonly runner: Pick<Runner, 'info'>;
  /** By the store's clock, in ms since the epoch. */
  readonly storeNow: () => number;
  /** The current lock of the same state in the same store. Errors: AwsError. */
  readonly readAgain: (found: FoundStateLock) => Promise<FoundLock | undefined>;
}

// All locks are watched at the same time, and none longer than a job that waits for one would.
const LONGEST_WATCH_OF_LOCKS_MS = 180_000;
/** GitHub asks for few parallel requests. */
const QUESTIONS_AT_ONCE = 4;
const READS_AT_ONCE = 16;

/** A lock, and what is known so far. */
interface Case {
  readonly found: FoundStateLock;
  readonly watch: StaleWatch;
}

/**
 * Decides for each lock whether its holder lives. Asks GitHub once about each holder. Watches all heartbeats of holders
 * whose run has ended at the same time, and reads only these locks again. Leaves out locks that disappear. Errors:
 * those of `readAgain`, and the reason of the signal.
 */
export async function assessLocks(
  deps: AssessDependencies,
  { github, staleAfterMs }: StaleProofInputs,
  all: readonly FoundStateLock[],
): Promise<AssessedLock[]> {
  const { clock } = deps;
  const limits = { staleAfterMs, longestWatchMs: LONGEST_WATCH_OF_LOCKS_MS };
  const seenAt = clock.monotonic();
  const cases = all.map((found): Case => {
    const lock = withHeartbeat(found);
    const watch = seeLock(undefined, lock, ({ holder }) => runOfHolder(holder, github.serverUrl), seenAt);
    return { found, watch };
  });
  const asked = await askAll(deps, github, cases);
  const prove = (one: Case): Staleness => proveStale(one.watch, limits, clock.monotonic());
  const watched = asked.filter((one) => prove(one).kind === 'watching');
  const seen = await watchAll(deps, watched, Math.max(...watched.map((one) => leftMs(prove(one), clock))));
  return asked.flatMap((one): AssessedLock[] => {
    const end = seen.get(one);
    if (end === 'gone') return [];
    if (end !== undefined && 'status' in end) return [end];
    const staleness = prove(end ?? one);
    return [{ found: one.found, status: toHolderStatus(one.found, staleness, deps.storeNow()) }];
  });
}

/** The heartbeat of a holder's item also counts for its file. */
function withHeartbeat({ stores }: FoundStateLock): FoundLock {
  return stores.find(({ heartbeat }) => heartbeat !== undefined) ?? stores[0];
}

function toHolderStatus(found: FoundStateLock, staleness: Staleness, storeNow: number): HolderStatus {
  if (staleness.kind === 'stale') return { kind: 'dead', proof: staleness.proof };
  return statusWithoutProof(found, staleness.reason, storeNow);
}

async function askAll(
  { clock, lookUpRun, signal }: AssessDependencies,
  { apiUrl, token }: StaleProofInputs['github'],
  cases: readonly Case[],
): Promise<Case[]> {
  if (token === undefined) return [...cases];
  const attempts = new Map<string, RunAttempt>();
  for (const { watch } of cases) {
    if (watch.run.kind === 'run') attempts.set(JSON.stringify(watch.run.attempt), watch.run.attempt);
  }
  const answers = new Map<string, StaleWatch['answer']>();
  await mapAtOnce([...attempts], QUESTIONS_AT_ONCE, async ([id, attempt]) => {
    const status = await lookUpRun(attempt, { apiUrl, token, signal });
    answers.set(id, { status, at: clock.monotonic() });
  });
  return cases.map(({ found, watch }) => {
    const answer = watch.run.kind === 'run' ? answers.get(JSON.stringify(watch.run.attempt)) : undefined;
    return { found, watch: { ...watch, answer } };
  });
}

function leftMs(staleness: Staleness, clock: Pick<Clock, 'monotonic'>): number {
  return staleness.kind === 'watching' ? staleness.until - clock.monotonic() : 0;
}

/** The result of the second read of a lock. A heartbeat only counts up, so one read at the end shows every beat. */
type SecondLook = Case | AssessedLock | 'gone';

async function watchAll(
  deps: AssessDependencies,
  watched: readonly Case[],
  ms: number,
): Promise<ReadonlyMap<Case, SecondLook>> {
  const looks = new Map<Case, SecondLook>();
  if (watched.length === 0) return looks;
  deps.runner.info(watchLine(ms));
  await deps.clock.sleep(ms, deps.signal);
  await mapAtOnce(watched, READS_AT_ONCE, async (one) => looks.set(one, await lookAgain(deps, one)));
  return looks;
}

async function lookAgain(deps: AssessDependencies, one: Case): Promise<SecondLook> {
  const { found, watch } = one;
  const now = await deps.readAgain(found);
  if (now === undefined) return 'gone';
  if (now.holder.raw !== watch.lock.holder.raw) {
    const successor: FoundStateLock = { address: found.address, stores: [now] };
    const reason = { kind: 'run_not_looked_up' } as const;
    return { found: successor, status: statusWithoutProof(successor, reason, deps.storeNow()) };
  }
  const next = seeLock(watch, now, () => watch.run, deps.clock.monotonic());
  if (next.stillSince === watch.stillSince) return { found, watch: next };
  return { found, status: { kind: 'alive', reason: { kind: 'renewed_while_watched' } } };
}
