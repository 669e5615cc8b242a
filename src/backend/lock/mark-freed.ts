import { type DetailsOf, StateError } from '../state-error.ts';

type RollbackError = StateError & {
  readonly details: DetailsOf<'rollback_failed'>;
};

/** Whether an error says that one store's lock was taken and could not be released again. */
export function isRollbackError(error: unknown): error is RollbackError {
  return error instanceof StateError && error.details.reason === 'rollback_failed';
}

/** The error after a later attempt freed the lock. The message must not send anybody to free it again. */
export function markFreed(error: unknown): unknown {
  return isRollbackError(error) ? new StateError({ ...error.details, freed: true }, error.scope) : error;
}
