import type { LockHolder } from '../backend/lock/lock-info.ts';
import type { FoundLock } from '../backend/lock/lock-store.ts';
import type { WaitDecision } from '../backend/lock/wait-for-lock.ts';
import type { StaleFinding } from '../backend/state-error.ts';
import type { StaleInputs } from '../inputs/hold-inputs.ts';
import type { Clock, Dependencies } from '../job-state/dependencies.ts';
import { decisionLine } from '../messages/debug-text.ts';
import { brokenLine, watchLine } from '../messages/takeover-text.ts';
import type { Runner } from '../runner/runner.ts';
import {
  isQuestionDue,
  proveStale,
  type StalenessProof,
  type StaleWatch,
  seeLock,
} from './holder-evidence.ts';
import { runOfHolder } from './run-evidence.ts';

/** What a decision goes by. */
export interface StalenessDependencies extends Pick<Dependencies, 'lookUpRun' | 'signal'> {
  readonly clock: Pick<Clock, 'monotonic' | 'now'>;
  readonly runner: Pick<Runner, 'info' | 'debug'>;
}

const WATCHERS = 'which stale_lock: break and only_if_stale of the unlock action watch for';

/** Decides about the locks that stand in the way of ours, as `stale_lock` and `stale_after` say. */
export interface StalenessCheck {
  /** To be asked at each conflict. Questions to GitHub run beside, so that none keeps a freed lock from being taken. */
  consider(lock: FoundLock): WaitDecision;
  /** What came of it for this holder, whom to look up is only now the time with `report`. Undefined: nobody looked. */
  finding(holder: LockHolder | undefined): Promise<StaleFinding | undefined>;
  /** Drops the question that is under way. */
  close(): void;
}

/**
 * `broken`: the stale locks that this very wait took over so far, a list that grows. Errors of all calls: only the reason
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
  /** The end of the watch that the log tells of. */
  watchedUntil: number | undefined;
  /** What the debug log tells of. */
  lastEvidence: string | undefined;
}

function consider(check: StalenessState, lock: FoundLock): WaitDecision {
  const { deps, inputs } = check;
  const now = deps.clock.monotonic();
  const watch = seeLock(check.watch, lock, (one) => runOfHolder(one.holder, inputs.github.serverUrl), now);
  check.watch = watch;
  if (inputs.action === 'report') return { kind: 'wait' };
  // Whoever broke a lock and died may have left one of its own in the other place: behind a lock that we broke, too, we
  // ask at once, as at the first.
  const askedAt = check.broken.length > check.brokenWhenAsked ? undefined : check.askedAt;
  if (check.question === undefined && isQuestionDue(watch, askedAt, now)) {
    check.question = ask(check, watch)
      .catch(() => {})
      .finally(() => {
        check.question = undefined;
      });
  }
  const proof = proveStale(watch, inputs.staleAfterMs, now);
  report(check, watch, proof, now);
  if (proof.kind !== 'none') return proof;
  return check.question === undefined ? { kind: 'wait' } : { kind: 'asking', answer: check.question };
}

/** One question to GitHub. Its answer counts only for the holder that it was asked about. */
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

/** Each watch is told once, and a takeover before it is tried. */
function report(check: StalenessState, watch: StaleWatch, proof: StalenessProof, now: number): void {
  const { runner, clock } = check.deps;
  reportDecision(check, watch, proof);
  if (proof.kind === 'stale') {
    const pages = { githubServer: check.inputs.github.serverUrl };
    runner.info(brokenLine(watch.lock.holder, pages, proof.why, clock.now()));
  }
  if (proof.kind !== 'watching' || proof.until === check.watchedUntil) return;
  check.watchedUntil = proof.until;
  runner.info(watchLine(proof.until - now));
}

/** Each change of the evidence is told once, not each look. */
function reportDecision(check: StalenessState, { lock, answer }: StaleWatch, proof: StalenessProof): void {
  const evidence = `${proof.kind} ${answer?.status.kind} ${lock.holder.raw}`;
  if (evidence === check.lastEvidence) return;
  check.lastEvidence = evidence;
  const reason = proof.kind === 'stale' ? proof.why : proof.reason;
  check.deps.runner.debug(decisionLine('stale evidence', proof.kind, reason));
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
  const proof = proveStale(watch, inputs.staleAfterMs, deps.clock.monotonic());
  if (proof.kind === 'stale') return { stale: true, why: proof.why, isBreaking };
  const stale = watch.answer?.status.kind === 'running' ? false : undefined;
  const isUnwatched = !isBreaking && proof.kind === 'watching';
  return { stale, why: isUnwatched ? `${proof.reason}, ${WATCHERS}` : proof.reason, isBreaking };
}
