import { StateError, type StateErrorDetails } from '../state-error.ts';

type RollbackError = StateError & {
  readonly details: Extract<StateErrorDetails, { reason: 'rollback_failed' }>;
};

/** Whether an error says that one store of a lock was taken, and then could not be given back. */
export function isRollbackError(error: unknown): error is RollbackError {
  return error instanceof StateError && error.details.reason === 'rollback_failed';
}

/** The error once a later try freed the lock: what could not be given back at first is not to send anybody after it. */
export function markFreed(error: unknown): unknown {
  return isRollbackError(error) ? new StateError({ ...error.details, freed: true }, error.scope) : error;
}
