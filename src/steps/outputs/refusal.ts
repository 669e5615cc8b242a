import { CodedError } from '../../messages/coded-error.ts';

/** Why the job got no outputs. */
export type RefusalCode =
  | 'state_missing'
  | 'nothing_selected'
  | 'sensitive_selected'
  | 'names_collide'
  | 'variable_refused'
  | 'lookup_not_found'
  | 'compare_not_found'
  | 'compare_unreadable'
  | 'outputs_file_refused'
  | 'outputs_file_not_written';

/** Fails the step before anything was set; `message` is for the user. */
export class OutputsRefused extends CodedError<RefusalCode> {
  override readonly name = 'OutputsRefused';
}
