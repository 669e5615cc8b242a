import {
  type CurrentObject,
  StateError,
  type StateErrorDetails,
  type StateScope,
} from '../../backend/state-error.ts';
import type { DestroyGate, Gates } from '../../inputs/gate-inputs.ts';
import type { StateHeader } from '../../statefile/inspect.ts';
import { isDestroyed, type PlannedChange } from '../../statefile/plan-changes.ts';
import { matchesGlob } from '../../text/glob.ts';

/** What the gates look at. */
export interface GateFacts {
  readonly fingerprint: string;
  /** Undefined: there is no state. */
  readonly header: Pick<StateHeader, 'serial' | 'lineage'> | undefined;
  readonly current: CurrentObject | undefined;
  /** What the job's plan does; undefined: no gate asks for it. */
  readonly changes: readonly PlannedChange[] | undefined;
}

/** Errors: StateError of what refuses; of several, an AggregateError with each. */
export function refuse(scope: StateScope, refusals: readonly StateErrorDetails[]): void {
  const errors = refusals.map((details) => new StateError(details, scope));
  if (errors.length > 1) throw new AggregateError(errors, 'several gates refuse');
  for (const error of errors) throw error;
}

/**
 * Why a job may not go on: one reason for each gate that refuses, all of them together, the most telling first. A state that is
 * missing is the reason for whatever else does not fit. Pure.
 */
export function checkGates(gates: Gates, facts: GateFacts): StateErrorDetails[] {
  const { header, current, fingerprint: actual } = facts;
  const refusals: StateErrorDetails[] = [];
  if (gates.requiresState && header === undefined) refusals.push({ reason: 'state_missing' });
  if (gates.lineage !== undefined && gates.lineage !== header?.lineage) {
    refusals.push({ reason: 'lineage_mismatch', expected: gates.lineage, actual: header?.lineage, current });
  }
  if (gates.serial !== undefined && gates.serial !== header?.serial) {
    refusals.push({ reason: 'serial_mismatch', expected: gates.serial, actual: header?.serial, current });
  }
  if (gates.fingerprint !== undefined && gates.fingerprint !== actual) {
    refusals.push({ reason: 'fingerprint_mismatch', expected: gates.fingerprint, actual, current });
  }
  const changes = gates.destroy === undefined ? [] : forbiddenChanges(gates.destroy, facts.changes ?? []);
  if (changes.length > 0) refusals.push({ reason: 'destroy_forbidden', changes });
  return refusals;
}

/** What a plan destroys or replaces that it may not. Pure. */
export function forbiddenChanges(
  { forbidden, allowed }: DestroyGate,
  changes: readonly PlannedChange[],
): PlannedChange[] {
  const matchesAny = (globs: readonly string[], address: string): boolean =>
    globs.some((glob) => matchesGlob(glob, address));
  return changes.filter(
    (change) =>
      isDestroyed(change) && matchesAny(forbidden, change.address) && !matchesAny(allowed, change.address),
  );
}
