import type { StateAddress } from '../../backend/address.ts';
import type { LockHolder } from '../../backend/lock/lock-info.ts';
import type { FoundLock } from '../../backend/lock/lock-store.ts';
import { StateError } from '../../backend/state-error.ts';
import { type RunPages, runPageOf, shorten } from '../../messages/lock-text.ts';
import { plain } from '../../messages/plain.ts';
import { type ErrorReason, firstCause, refusedInputs, toReasonCode } from '../../messages/reason-code.ts';
import { RESULT_VERSION } from '../../messages/result-version.ts';
import type { Runner } from '../../runner/runner.ts';

/** What a job holds once main has succeeded. */
export interface HeldState {
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
export async function reportResult(
  runner: Runner,
  pages: RunPages,
  story: (progress: Progress) => Promise<HeldState>,
): Promise<void> {
  const progress: Progress = { broken: [] };
  try {
    report(runner, describeSuccess(await story(progress), pages));
  } catch (error) {
    const failure = { ok: false, reason_code: toReasonCode(error), ...describeDetails(firstCause(error)) };
    report(runner, { ...failure, ...tookOver(progress.broken, pages) });
    throw error;
  }
}

type ReasonCode = SuccessCode | ErrorReason;
type Result = { readonly ok: boolean; readonly reason_code: ReasonCode } & Readonly<Record<string, unknown>>;

function report(runner: Runner, result: Result): void {
  runner.output('reason_code', result.reason_code);
  runner.output('result', JSON.stringify({ schema_version: RESULT_VERSION, ...result }));
}

function describeSuccess(
  { address, code, lockId, waitedMs, broken, fingerprint }: HeldState,
  pages: RunPages,
): Result {
  const lock = lockId === undefined ? null : { id: lockId, waited_seconds: seconds(waitedMs ?? 0) };
  const state = describeState(address);
  return {
    ok: true,
    reason_code: code,
    state,
    lock,
    ...tookOver(broken, pages),
    ...(fingerprint === undefined ? {} : { fingerprint }),
  };
}

function tookOver([first]: readonly FoundLock[], pages: RunPages): Record<string, unknown> {
  return first === undefined ? {} : { took_over: describeHolder(first.holder, pages) };
}

function describeDetails(error: unknown): Record<string, unknown> {
  if (!(error instanceof StateError)) return refusedInputs(error);
  const { details, place } = error;
  const state = describeState(place.address);
  if (details.reason === 'fingerprint_mismatch') return { state, fingerprint: details.actual };
  if (details.reason !== 'lock_held' && details.reason !== 'lock_timeout') return { state };
  const { waitedMs, holder, finding } = details;
  const stale = { stale: finding?.stale ?? null, ...(finding && { why: plain(finding.why) }) };
  return { state, waited_seconds: seconds(waitedMs), holder: describeHolder(holder, place, stale) };
}

function describeHolder(
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

function describeState({ bucket, objectKey, workspace }: StateAddress): Record<string, string> {
  return { bucket, key: objectKey, workspace };
}

function seconds(milliseconds: number): number {
  return Math.round(milliseconds / 1000);
}
