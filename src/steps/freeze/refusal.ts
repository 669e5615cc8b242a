import { CodedError } from '../../messages/coded-error.ts';

/** Why no state was looked at. */
export type FreezeRefusalCode = 'no_state_found' | 'too_many_states';

/** Something that turns the step red before any lock was touched; `message` is for the user. */
export class FreezeRefused extends CodedError<FreezeRefusalCode> {
  override readonly name = 'FreezeRefused';
}
