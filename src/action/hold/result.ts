import type { StateAddress } from '../../backend/address.ts';
import { StateError } from '../../backend/faults.ts';
import type { LockHolder } from '../../backend/lock-info.ts';
import type { Runner } from '../../runner/runner.ts';
import { InputError } from '../inputs/hold-inputs.ts';
import { type ErrorReason, firstCause, reasonOf } from '../reason-code.ts';
import { runUrlOf } from '../words/lock-text.ts';
import { plain } from '../words/plain.ts';

/** What a job holds once main has succeeded. */
export interface Held {
  readonly address: StateAddress;
  readonly lockId: string | undefined;
  readonly waitedMs: number | undefined;
  readonly fingerprint: string;
}

/** Version of the `result` output's form; a field that changes its meaning raises it. */
const SCHEMA_VERSION = 1;

/** Runs main's story and sets `reason_code` and `result` on every way out of it. */
export async function tellResult(runner: Runner, story: () => Promise<Held>): Promise<void> {
  try {
    tell(runner, successOf(await story()));
  } catch (error) {
    tell(runner, { ok: false, reason_code: reasonOf(error), ...detailsOf(firstCause(error)) });
    throw error;
  }
}

type ReasonCode = 'held' | 'held_unlocked' | ErrorReason;
type Result = { readonly ok: boolean; readonly reason_code: ReasonCode } & Readonly<Record<string, unknown>>;

function tell(runner: Runner, result: Result): void {
  runner.output('reason_code', result.reason_code);
  runner.output('result', JSON.stringify({ schema_version: SCHEMA_VERSION, ...result }));
}

function successOf({ address, lockId, waitedMs, fingerprint }: Held): Result {
  const reason = lockId === undefined ? 'held_unlocked' : 'held';
  const lock = lockId === undefined ? null : { id: lockId, waited_seconds: seconds(waitedMs ?? 0) };
  return { ok: true, reason_code: reason, state: stateOf(address), lock, fingerprint };
}

function detailsOf(error: unknown): Record<string, unknown> {
  if (error instanceof InputError) return { inputs: [...new Set(error.problems.map(({ input }) => input))] };
  if (!(error instanceof StateError)) return {};
  const { fault, place } = error;
  const state = stateOf(place.address);
  if (fault.reason === 'fingerprint_mismatch') return { state, fingerprint: fault.actual };
  if (fault.reason !== 'lock_held' && fault.reason !== 'lock_timeout') return { state };
  return { state, waited_seconds: seconds(fault.waitedMs), holder: holderOf(fault.holder) };
}

function holderOf(holder: LockHolder | undefined): Record<string, string | null> | null {
  if (holder?.info === undefined) return null;
  const { id, who, operation, created } = holder.info;
  const url = runUrlOf(holder);
  const run_url = url === undefined ? null : plain(url);
  return { id: plain(id), who: plain(who), operation: plain(operation), created: plain(created), run_url };
}

function stateOf({ bucket, objectKey, workspace }: StateAddress): Record<string, string> {
  return { bucket, key: objectKey, workspace };
}

function seconds(milliseconds: number): number {
  return Math.round(milliseconds / 1000);
}
