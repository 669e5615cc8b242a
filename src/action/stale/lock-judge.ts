import type { StaleFinding } from '../../backend/faults.ts';
import type { FoundLock } from '../../backend/lock.ts';
import type { LockHolder } from '../../backend/lock-info.ts';
import type { Verdict } from '../../backend/wait-for-lock.ts';
import type { Runner } from '../../runner/runner.ts';
import type { Clock, Dependencies } from '../dependencies.ts';
import type { StaleInputs } from '../inputs/hold-inputs.ts';
import { brokenLine, watchLine } from '../words/takeover-text.ts';
import { runOfHolder } from './stale.ts';
import { isQuestionDue, type Proof, proofOf, type StaleWatch, seeLock } from './stale-watch.ts';

/** What a judge goes by. */
export interface JudgeDependencies extends Pick<Dependencies, 'lookUpRun' | 'signal'> {
  readonly clock: Pick<Clock, 'monotonic' | 'now'>;
  readonly runner: Pick<Runner, 'info'>;
}

const WATCHERS = 'which stale_lock: break and only_if_stale of the unlock action watch for';

/** Judges the locks that stand in the way of ours, as `stale_lock` and `stale_after` say. */
export interface LockJudge {
  /** To be asked at each conflict. Questions to GitHub run beside, so that none keeps a freed lock from being taken. */
  consider(lock: FoundLock): Verdict;
  /** What came of it for this holder, whom to look up is only now the time with `report`. Undefined: nobody looked. */
  finding(holder: LockHolder | undefined): Promise<StaleFinding | undefined>;
  /** Drops the question that is under way. */
  close(): void;
}

/**
 * `broken`: the stale locks that this very wait took over so far, a list that grows. Errors of all calls: only the reason
 * of `deps.signal`.
 */
export function lockJudge(
  deps: JudgeDependencies,
  inputs: StaleInputs,
  broken: readonly FoundLock[],
): LockJudge {
  const closed = new AbortController();
  const judge: Judge = {
    ...{ deps, inputs, broken, signal: AbortSignal.any([deps.signal, closed.signal]) },
    ...{ watch: undefined, question: undefined, askedAt: undefined, watchedUntil: undefined },
    brokenWhenAsked: 0,
  };
  return {
    consider: (lock) => consider(judge, lock),
    finding: (holder) => finding(judge, holder),
    close: () => closed.abort(),
  };
}

interface Judge {
  readonly deps: JudgeDependencies;
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
}

function consider(judge: Judge, lock: FoundLock): Verdict {
  const { deps, inputs } = judge;
  const now = deps.clock.monotonic();
  const watch = seeLock(judge.watch, lock, (one) => runOfHolder(one.holder, inputs.github.serverUrl), now);
  judge.watch = watch;
  if (inputs.action === 'report') return { kind: 'wait' };
  // Whoever broke a lock and died may have left one of its own in the other place: behind a lock that we broke, too, we
  // ask at once, as at the first.
  const askedAt = judge.broken.length > judge.brokenWhenAsked ? undefined : judge.askedAt;
  if (judge.question === undefined && isQuestionDue(watch, askedAt, now)) {
    judge.question = ask(judge, watch)
      .catch(() => {})
      .finally(() => {
        judge.question = undefined;
      });
  }
  const proof = proofOf(watch, inputs.staleAfterMs, now);
  tell(judge, watch, proof, now);
  if (proof.kind !== 'none') return proof;
  return judge.question === undefined ? { kind: 'wait' } : { kind: 'asking', answer: judge.question };
}

/** One question to GitHub. Its answer counts only for the holder that it was asked about. */
async function ask(judge: Judge, { run, lock }: StaleWatch): Promise<void> {
  const { deps, inputs, signal } = judge;
  const { apiUrl, token } = inputs.github;
  if (run.kind === 'none' || token === undefined) return;
  judge.askedAt = deps.clock.monotonic();
  judge.brokenWhenAsked = judge.broken.length;
  const status = await deps.lookUpRun(run.attempt, { apiUrl, token, signal });
  const { watch } = judge;
  if (watch === undefined || watch.lock.holder.raw !== lock.holder.raw) return;
  judge.watch = { ...watch, answer: { status, at: deps.clock.monotonic() } };
}

/** Each watch is told once, and a takeover before it is tried. */
function tell(judge: Judge, watch: StaleWatch, proof: Proof, now: number): void {
  const { runner, clock } = judge.deps;
  if (proof.kind === 'stale') {
    const pages = { githubServer: judge.inputs.github.serverUrl };
    runner.info(brokenLine(watch.lock.holder, pages, proof.why, clock.now()));
  }
  if (proof.kind !== 'watching' || proof.until === judge.watchedUntil) return;
  judge.watchedUntil = proof.until;
  runner.info(watchLine(proof.until - now));
}

async function finding(judge: Judge, holder: LockHolder | undefined): Promise<StaleFinding | undefined> {
  const { inputs, deps } = judge;
  const isBreaking = inputs.action === 'break';
  if (holder === undefined || judge.watch === undefined) return undefined;
  if (!isBreaking) await ask(judge, judge.watch);
  const { watch } = judge;
  const isLookedAt = watch.answer !== undefined || (isBreaking && watch.run.kind === 'none');
  if (watch.lock.holder.raw !== holder.raw || !isLookedAt) return undefined;
  const proof = proofOf(watch, inputs.staleAfterMs, deps.clock.monotonic());
  if (proof.kind === 'stale') return { stale: true, why: proof.why, isBreaking };
  const stale = watch.answer?.status.kind === 'running' ? false : undefined;
  const isUnwatched = !isBreaking && proof.kind === 'watching';
  return { stale, why: isUnwatched ? `${proof.doubt}, ${WATCHERS}` : proof.doubt, isBreaking };
}
