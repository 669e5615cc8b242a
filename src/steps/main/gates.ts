import { DEFAULT_WORKSPACE, type StateAddress } from '../../backend/address.ts';
import {
  type CurrentObject,
  type GateDetails,
  StateError,
  type StateErrorDetails,
  type StateScope,
} from '../../backend/state-error.ts';
import type { DestroyGate, Gates } from '../../inputs/gate-inputs.ts';
import type { StateHeader } from '../../statefile/inspect.ts';
import { isDestroyed, type PlannedChange } from '../../statefile/plan-changes.ts';
import { matchesGlob } from '../../text/glob.ts';

/** What the gates check. */
export interface GateFacts {
  readonly address: Pick<StateAddress, 'workspace'>;
  readonly fingerprint: string;
  /** Undefined when there is no state. */
  readonly header: Pick<StateHeader, 'serial' | 'lineage'> | undefined;
  readonly current: CurrentObject | undefined;
  /** What the job's plan does; undefined when no gate needs it. */
  readonly changes: readonly PlannedChange[] | undefined;
}

/** Errors: the StateError that refuses; for several, an AggregateError with each. */
export function refuse(scope: StateScope, refusals: readonly StateErrorDetails[]): void {
  const errors = refusals.map((details) => new StateError(details, scope));
  if (errors.length > 1) throw new AggregateError(errors, 'several gates refuse');
  for (const error of errors) throw error;
}

/**
 * Why a job must not continue: one reason for each gate that refuses, the most important first. A missing state is the
 * reason for everything else that does not fit. Pure.
 */
export function checkGates(gates: Gates, facts: GateFacts): GateDetails[] {
  const { address, header, current, fingerprint: actual } = facts;
  const { workspace } = address;
  const refusals: GateDetails[] = [];
  if (gates.requiresState && header === undefined) refusals.push({ reason: 'state_missing' });
  if (gates.refusesNewWorkspace && header === undefined && workspace !== DEFAULT_WORKSPACE) {
    refusals.push({ reason: 'workspace_missing', workspace });
  }
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

/** What a plan destroys or replaces although it must not. Pure. */
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
