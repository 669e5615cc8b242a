import type { FoundLock } from '../backend/lock/lock-store.ts';
import type { WaitDecision } from '../backend/lock/wait-for-lock.ts';
import type { LockHolder } from '../backend/records/lock-info.ts';
import type { StaleInputs } from '../inputs/hold-inputs.ts';
import type { Dependencies } from '../job-state/dependencies.ts';
import { decisionLine } from '../messages/debug-text.ts';
import { describeNotStale, describeProof, type StaleFinding } from '../messages/not-stale-text.ts';
import { brokenLine, watchLine } from '../messages/takeover-text.ts';
import type { Runner } from '../runner/runner.ts';
import type { Clock } from '../time/clock.ts';
import { isQuestionDue, proveStale, type Staleness, type StaleWatch, seeLock } from './holder-evidence.ts';
import { runOfHolder } from './run-evidence.ts';

/** What a decision needs. */
export interface StalenessDependencies extends Pick<Dependencies, 'lookUpRun' | 'signal'> {
  readonly clock: Pick<Clock, 'monotonic' | 'now'>;
  readonly runner: Pick<Runner, 'info' | 'debug'>;
}

/** No watch makes a job wait longer for its lock. */
const LONGEST_WATCH_OF_MAIN_MS = 180_000;

/** Decides about locks that others hold, according to `stale_lock` and `stale_after`. */
export interface StalenessCheck {
  /** Call it at each conflict. Questions to GitHub run in the background, so none delays the taking of a freed lock. */
  consider(lock: FoundLock): WaitDecision;
  /**
   * The result for this holder, whose run is looked up only now with `report`. Undefined when nothing was looked up.
   */
  finding(holder: LockHolder | undefined): Promise<StaleFinding | undefined>;
  /** Drops the running question. */
  close(): void;
}

/**
 * `broken`: the stale locks that this wait has taken over so far, a growing list. Errors of all calls: only the reason
 * of `deps.signal`.
 */
export function createStalenessCheck(
  deps: StalenessDependencies,
  inputs: StaleInputs,
  broken: readonly FoundLock[],
): StalenessCheck {
  const closed = new AbortController();
  const check: StalenessState = {
    deps,
    inputs,
    broken,
    signal: AbortSignal.any([deps.signal, closed.signal]),
    watch: undefined,
    question: undefined,
    askedAt: undefined,
    watchedUntil: undefined,
    lastEvidence: undefined,
    brokenWhenAsked: 0,
  };
  return {
    consider: (lock) => consider(check, lock),
    finding: (holder) => finding(check, holder),
    close: () => closed.abort(),
  };
}

interface StalenessState {
  readonly deps: StalenessDependencies;
  readonly inputs: StaleInputs;
  readonly broken: readonly FoundLock[];
  readonly signal: AbortSignal;
  watch: StaleWatch | undefined;
  /** Under way. */
  question: Promise<void> | undefined;
  askedAt: number | undefined;
  brokenWhenAsked: number;
  /** The end of the watch that the log reports. */
  watchedUntil: number | undefined;
  /** The evidence that the debug log reports. */
  lastEvidence: string | undefined;
}

function consider(check: StalenessState, lock: FoundLock): WaitDecision {
  const { deps, inputs } = check;
  const now = deps.clock.monotonic();
  const watch = seeLock(check.watch, lock, (one) => runOfHolder(one.holder, inputs.github.serverUrl), now);
  check.watch = watch;
  if (inputs.action === 'report') return { kind: 'wait' };
  // A client that took over a lock and died may have left its own in the other store. After a lock that we took over,
  // we therefore ask at once again, as at the first conflict.
  const askedAt = check.broken.length > check.brokenWhenAsked ? undefined : check.askedAt;
  if (check.question === undefined && isQuestionDue(watch, askedAt, now)) {
    check.question = ask(check, watch)
      .catch(() => {})
      .finally(() => {
        check.question = undefined;
      });
  }
  const staleness = prove(check, watch, now);
  report(check, watch, staleness, now);
  if (staleness.kind !== 'none') return staleness;
  return check.question === undefined ? { kind: 'wait' } : { kind: 'asking', answer: check.question };
}

/** One question to GitHub. Its answer counts only for the holder that it was about. */
async function ask(check: StalenessState, { run, lock }: StaleWatch): Promise<void> {
  const { deps, inputs, signal } = check;
  const { apiUrl, token } = inputs.github;
  if (run.kind === 'none' || token === undefined) return;
  check.askedAt = deps.clock.monotonic();
  check.brokenWhenAsked = check.broken.length;
  const status = await deps.lookUpRun(run.attempt, { apiUrl, token, signal });
  const { watch } = check;
  if (watch === undefined || watch.lock.holder.raw !== lock.holder.raw) return;
  check.watch = { ...watch, answer: { status, at: deps.clock.monotonic() } };
}

function prove({ inputs }: StalenessState, watch: StaleWatch, now: number): Staleness {
  return proveStale(
    watch,
    { staleAfterMs: inputs.staleAfterMs, longestWatchMs: LONGEST_WATCH_OF_MAIN_MS },
    now,
  );
}

/** Reports each watch once, and a takeover before it is attempted. */
function report(check: StalenessState, watch: StaleWatch, staleness: Staleness, now: number): void {
  const { runner, clock } = check.deps;
  reportDecision(check, watch, staleness);
  if (staleness.kind === 'stale') {
    const pages = { githubServer: check.inputs.github.serverUrl };
    runner.info(brokenLine(watch.lock.holder, pages, staleness.proof, clock.now()));
  }
  if (staleness.kind !== 'watching' || staleness.until === check.watchedUntil) return;
  check.watchedUntil = staleness.until;
  runner.info(watchLine(staleness.until - now));
}

/** Reports each change of the evidence once, not each read. */
function reportDecision(check: StalenessState, { lock, answer }: StaleWatch, staleness: Staleness): void {
  const evidence = `${staleness.kind} ${answer?.status.kind} ${lock.holder.raw}`;
  if (evidence === check.lastEvidence) return;
  check.lastEvidence = evidence;
  const why =
    staleness.kind === 'stale' ? describeProof(staleness.proof) : describeNotStale(staleness.reason);
  check.deps.runner.debug(decisionLine('stale evidence', staleness.kind, why));
}

async function finding(
  check: StalenessState,
  holder: LockHolder | undefined,
): Promise<StaleFinding | undefined> {
  const { inputs, deps } = check;
  const isBreaking = inputs.action === 'break';
  if (holder === undefined || check.watch === undefined) return undefined;
  if (!isBreaking) await ask(check, check.watch);
  const { watch } = check;
  const isLookedAt = watch.answer !== undefined || (isBreaking && watch.run.kind === 'none');
  if (watch.lock.holder.raw !== holder.raw || !isLookedAt) return undefined;
  const staleness = prove(check, watch, deps.clock.monotonic());
  if (staleness.kind === 'stale') return { stale: true, proof: staleness.proof, isBreaking };
  const stale = watch.answer?.status.kind === 'running' ? false : undefined;
  return { stale, reason: staleness.reason, isBreaking };
}
