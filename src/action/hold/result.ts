import type { StateAddress } from '../../backend/address.ts';
import { StateError } from '../../backend/faults.ts';
import type { FoundLock } from '../../backend/lock.ts';
import type { LockHolder } from '../../backend/lock-info.ts';
import type { Runner } from '../../runner/runner.ts';
import { type ErrorReason, firstCause, reasonOf, refusedInputs } from '../reason-code.ts';
import { RESULT_VERSION } from '../result-version.ts';
import { type RunPages, runPageOf, shorten } from '../words/lock-text.ts';
import { plain } from '../words/plain.ts';

/** What a job holds once main has succeeded. */
export interface Held {
  readonly address: StateAddress;
  readonly code: SuccessCode;
  readonly lockId: string | undefined;
  readonly waitedMs: number | undefined;
  /** The stale locks that were taken over. */
  readonly broken: readonly FoundLock[];
  /** Undefined: no state was pulled. */
  readonly fingerprint: string | undefined;
}

/** What main can come to: `held` and `held_unlocked` with the state, the others by `lock` and `pull`. */
export type SuccessCode = 'held' | 'held_unlocked' | 'locked' | 'pulled' | 'watching';

/** What main did that outlives its failure. */
export interface Progress {
  /** The stale locks that were taken over. */
  broken: readonly FoundLock[];
}

/** Runs main's story, which notes its progress, and sets `reason_code` and `result` on every way out of it. */
export async function tellResult(
  runner: Runner,
  pages: RunPages,
  story: (progress: Progress) => Promise<Held>,
): Promise<void> {
  const progress: Progress = { broken: [] };
  try {
    tell(runner, successOf(await story(progress), pages));
  } catch (error) {
    const failure = { ok: false, reason_code: reasonOf(error), ...detailsOf(firstCause(error)) };
    tell(runner, { ...failure, ...tookOver(progress.broken, pages) });
    throw error;
  }
}

type ReasonCode = SuccessCode | ErrorReason;
type Result = { readonly ok: boolean; readonly reason_code: ReasonCode } & Readonly<Record<string, unknown>>;

function tell(runner: Runner, result: Result): void {
  runner.output('reason_code', result.reason_code);
  runner.output('result', JSON.stringify({ schema_version: RESULT_VERSION, ...result }));
}

function successOf({ address, code, lockId, waitedMs, broken, fingerprint }: Held, pages: RunPages): Result {
  const lock = lockId === undefined ? null : { id: lockId, waited_seconds: seconds(waitedMs ?? 0) };
  const state = stateOf(address);
  return {
    ...{ ok: true, reason_code: code, state, lock },
    ...tookOver(broken, pages),
    ...(fingerprint === undefined ? {} : { fingerprint }),
  };
}

function tookOver([first]: readonly FoundLock[], pages: RunPages): Record<string, unknown> {
  return first === undefined ? {} : { took_over: holderOf(first.holder, pages) };
}

function detailsOf(error: unknown): Record<string, unknown> {
  if (!(error instanceof StateError)) return refusedInputs(error);
  const { fault, place } = error;
  const state = stateOf(place.address);
  if (fault.reason === 'fingerprint_mismatch') return { state, fingerprint: fault.actual };
  if (fault.reason !== 'lock_held' && fault.reason !== 'lock_timeout') return { state };
  const { waitedMs, holder, finding } = fault;
  const stale = { stale: finding?.stale ?? null, ...(finding && { why: plain(finding.why) }) };
  return { state, waited_seconds: seconds(waitedMs), holder: holderOf(holder, place, stale) };
}

function holderOf(
  holder: LockHolder | undefined,
  pages: RunPages,
  more: object = {},
): Record<string, unknown> | null {
  if (holder?.info === undefined) return null;
  const { id, who, operation, created } = holder.info;
  const url = runPageOf(holder, pages);
  const run_url = url === undefined ? null : plain(url);
  return {
    id: shorten(id),
    who: shorten(who),
    operation: shorten(operation),
    created: shorten(created),
    run_url,
    ...more,
  };
}

function stateOf({ bucket, objectKey, workspace }: StateAddress): Record<string, string> {
  return { bucket, key: objectKey, workspace };
}

function seconds(milliseconds: number): number {
  return Math.round(milliseconds / 1000);
}
