import type { ActionFailure, ActionReport } from '../../action/run-action.ts';
import type { StateAddress } from '../../backend/address.ts';
import type { FoundLock } from '../../backend/lock/lock-store.ts';
import type { LockHolder } from '../../backend/records/lock-info.ts';
import { isGateRefusal, isPlanRefusal, StateError } from '../../backend/state-error.ts';
import type { LockTimes, Session } from '../../job-state/saved-state.ts';
import { freezeJson } from '../../messages/freeze-text.ts';
import { type HolderJson, holderJson } from '../../messages/holder-json.ts';
import { LockedError } from '../../messages/locked-text.ts';
import { describeFinding } from '../../messages/not-stale-text.ts';
import { plain } from '../../messages/plain.ts';
import type { RunPages } from '../../messages/run-page.ts';
import { stateJson } from '../../messages/state-json.ts';
import { firstCause, listCauses, refusedInputs, toReasonCode } from '../../messages/to-reason-code.ts';
import { toWholeSeconds } from '../../time/duration.ts';
import type { HoldOutputs } from './hold-outputs.ts';
import type { Progress } from './holding.ts';
import { findWaitedMs } from './take-lock.ts';

/** What a job holds once main has succeeded. */
export interface HeldState {
  /** Undefined when there are several. */
  readonly address: StateAddress | undefined;
  readonly code: SuccessCode;
  readonly lockId: string | undefined;
  /** Undefined without a lock. */
  readonly times: LockTimes | undefined;
  /** The stale locks that were taken over. */
  readonly broken: readonly FoundLock[];
  /** Undefined when no state was pulled. */
  readonly fingerprint: string | undefined;
}

/**
 * The possible results of main: `held` and `held_unlocked` with the state, the others according to `lock` and `pull`.
 */
export type SuccessCode = 'held' | 'held_unlocked' | 'locked' | 'pulled' | 'watching';

/** The code of a main that succeeded. Pure. */
export function toSuccessCode({ mode, pull, lock }: Session): SuccessCode {
  if (mode === 'guard') return 'watching';
  if (mode === 'none') return 'pulled';
  if (!pull) return 'locked';
  return lock === undefined ? 'held_unlocked' : 'held';
}

/** The most addresses that `result` names: an output of a step has 1 MiB. */
const MOST_DESTROYS = 100;

/** The report of main's result. `pages`: of the runs that locks name. Pure. */
export function describeEnd(held: HeldState, pages: RunPages): ActionReport {
  const { code, times } = held;
  const details = { ...describeHeld(held, pages), ...describeWait(times?.waitedMs) };
  return { code, details, outputs: {}, summary: undefined, problem: undefined };
}

function describeHeld(
  { address, lockId, times, broken, fingerprint }: HeldState,
  pages: RunPages,
): Record<string, unknown> {
  const lock = lockId === undefined ? null : { id: lockId, ...describeWait(times?.waitedMs ?? 0) };
  return {
    ...(address === undefined ? {} : { state: stateJson(address) }),
    lock,
    ...tookOver(broken, pages),
    ...(fingerprint === undefined ? {} : { fingerprint }),
  };
}

/** How long the step waited for its locks, with the same name whether it got them or not; empty without a lock. */
function describeWait(waitedMs: number | undefined): Record<string, unknown> {
  return waitedMs === undefined ? {} : { waited_seconds: toWholeSeconds(waitedMs) };
}

/** How long a step that takes locks one after another waited for the last of them, in ms; undefined when it got none. Pure. */
export function longestWait(locks: readonly (LockTimes | undefined)[]): number | undefined {
  const waits = locks.flatMap((times) => (times === undefined ? [] : [times.waitedMs]));
  return waits.length === 0 ? undefined : Math.max(...waits);
}

/** One of several states that a job holds. */
export interface NamedState extends HeldState {
  /** The job's name for it. */
  readonly name: string;
  /** The job's outputs for it. */
  readonly outputs: Partial<HoldOutputs>;
}

/** The report of a main that holds several states. Pure. */
export function describeStatesEnd(states: readonly NamedState[], pages: RunPages): ActionReport {
  const details = {
    states: states.map((state) => ({ name: state.name, ...describeHeld(state, pages) })),
    ...describeWait(longestWait(states.map(({ times }) => times))),
  };
  const outputs = Object.fromEntries(states.map(({ name, outputs }) => [name, toJson(outputs)]));
  return {
    code: commonCode(states),
    details,
    outputs: { states: JSON.stringify(outputs) },
    summary: undefined,
    problem: undefined,
  };
}

/** The states differ at most in whether they have a lock. Then the one without counts. */
function commonCode(states: readonly NamedState[]): SuccessCode {
  const codes = states.map(({ code }) => code);
  return codes.find((code) => code === 'held_unlocked') ?? codes[0] ?? 'held';
}

/** Like the outputs of a single state, except the one that must be false in a workflow expression. */
function toJson(outputs: Partial<HoldOutputs>): Record<string, unknown> {
  const { state_exists: isThere } = outputs;
  return isThere === undefined ? outputs : { ...outputs, state_exists: isThere === 'true' };
}

/** The report of a main that failed after it had come so far. Pure. */
export function describeHoldFailure(
  error: unknown,
  { broken, waitedMs }: Progress,
  pages: RunPages,
): ActionFailure {
  const first = firstCause(error);
  const details = {
    ...describeDetails(first),
    ...describeWait(findWaitedMs(first) ?? waitedMs),
    ...describeGates(error),
    ...tookOver(broken, pages),
  };
  return { code: toReasonCode(error), details };
}

function tookOver([first]: readonly FoundLock[], pages: RunPages): Record<string, unknown> {
  return first === undefined ? {} : { took_over: holderOrNull(first.holder, pages) };
}

function describeDetails(error: unknown): Record<string, unknown> {
  if (error instanceof LockedError) return describeLocked(error);
  if (!(error instanceof StateError)) return refusedInputs(error);
  const { details, scope } = error;
  const state = stateJson(scope.address);
  if (details.reason !== 'frozen') return { state };
  const { holder, freeze } = details;
  return { state, holder: holderOrNull(holder, scope), freeze: freezeJson(freeze, scope) };
}

function describeLocked({ details, scope }: LockedError): Record<string, unknown> {
  const { holder, finding } = details;
  const known = holderOrNull(holder, scope);
  const stale = { stale: finding?.stale ?? null, ...(finding && { why: describeFinding(finding) }) };
  return {
    state: stateJson(scope.address),
    holder: known && { ...known, ...stale },
  };
}

/** Each gate that refused, in order, as a part of `result`; empty when none did. */
function describeGates(error: unknown): Record<string, unknown> {
  const details = listCauses(error).flatMap((cause) => (cause instanceof StateError ? [cause.details] : []));
  const refusals = details.filter((one) => isGateRefusal(one) || isPlanRefusal(one));
  if (refusals.length === 0) return {};
  const described: Record<string, unknown> = { gates: refusals.map(({ reason }) => reason) };
  for (const refusal of refusals) {
    if (refusal.reason === 'fingerprint_mismatch') described.fingerprint = refusal.actual;
    if ('planId' in refusal) described.plan = refusal.planId;
    if (refusal.reason === 'plan_stale') described.fingerprint = refusal.fingerprint;
    if (refusal.reason === 'destroy_forbidden') {
      described.destroys = refusal.changes.slice(0, MOST_DESTROYS).map(({ address }) => plain(address));
    }
  }
  return described;
}

/** Null when no holder could be read. */
function holderOrNull(holder: LockHolder | undefined, pages: RunPages): HolderJson | null {
  return holder?.info === undefined ? null : holderJson(holder, pages);
}
