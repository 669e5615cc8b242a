import { AwsError, type AwsErrorKind } from '../../aws/errors.ts';
import type { StateAddress } from '../../backend/address.ts';
import { StateError, type StateFault } from '../../backend/faults.ts';
import type { LockHolder } from '../../backend/lock-info.ts';
import { Interrupted } from '../../runner/interrupt.ts';
import type { Runner } from '../../runner/runner.ts';
import { InputError } from '../inputs/hold-inputs.ts';
import { runUrlOf } from '../words/lock-text.ts';
import { plain } from '../words/plain.ts';

/** What workflows branch on (design 15). The README has a table of them. */
export type ReasonCode =
  | 'held'
  | 'held_unlocked'
  | 'invalid_input'
  | 'cancelled'
  | 'aws_unavailable'
  | 'aws_error'
  | 'internal_error'
  | StateFault['reason']
  | Exclude<AwsErrorKind, keyof typeof RENAMED>;

/** What a job holds once main has succeeded. */
export interface Held {
  readonly address: StateAddress;
  readonly lockId: string | undefined;
  readonly waitedMs: number | undefined;
  readonly fingerprint: string;
}

/** Kinds that tell a workflow nothing by their own names. */
const RENAMED = {
  aborted: 'cancelled',
  service: 'aws_unavailable',
  other: 'aws_error',
  no_such_key: 'aws_error',
  precondition_failed: 'aws_error',
  conditional_check_failed: 'aws_error',
  not_implemented: 'aws_error',
  transaction_cancelled: 'aws_error',
} as const satisfies Partial<Record<AwsErrorKind, string>>;

/** Version of the `result` output's form; a field that changes its meaning raises it. */
const SCHEMA_VERSION = 1;

/** Runs main's story and sets `reason_code` and `result` on every way out of it. */
export async function tellResult(runner: Runner, story: () => Promise<Held>): Promise<void> {
  try {
    tell(runner, successOf(await story()));
  } catch (error) {
    tell(runner, { ok: false, reason_code: reasonOf(error), ...detailsOf(first(error)) });
    throw error;
  }
}

/** The reason for an error; of several the first, which is why there were more. Pure. */
export function reasonOf(error: unknown): ReasonCode {
  const cause = first(error);
  if (cause instanceof InputError) return 'invalid_input';
  if (cause instanceof StateError) return cause.fault.reason;
  if (cause instanceof Interrupted) return 'cancelled';
  if (!(cause instanceof AwsError)) return 'internal_error';
  return isRenamed(cause.kind) ? RENAMED[cause.kind] : cause.kind;
}

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

function first(error: unknown): unknown {
  return error instanceof AggregateError ? error.errors[0] : error;
}

function isRenamed(kind: AwsErrorKind): kind is keyof typeof RENAMED {
  return kind in RENAMED;
}
