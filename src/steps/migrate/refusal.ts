import { CodedError } from '../../messages/coded-error.ts';

/** Why the step fails although it looked at every state. */
export type MigrateRefusalCode = 'no_state_found' | 'not_proven' | 'not_finished';

/** What the step was to show or do, and did not for every state; `message` is for the user. */
export class MigrateRefused extends CodedError<MigrateRefusalCode> {
  override readonly name = 'MigrateRefused';
}
