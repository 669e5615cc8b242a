import { CodedError } from '../../messages/coded-error.ts';

/** Why the step did nothing. */
export type FreezeRefusalCode = 'no_state_found' | 'too_many_states';

/** Fails the step before any lock was touched; `message` is for the user. */
export class FreezeRefused extends CodedError<FreezeRefusalCode> {
  override readonly name = 'FreezeRefused';
}
