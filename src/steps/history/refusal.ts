import { CodedError } from '../../messages/coded-error.ts';

/** Why a version was neither compared nor restored. */
export type HistoryRefusalCode =
  | 'no_versions'
  | 'not_versioned'
  | 'version_not_found'
  | 'version_unusable'
  | 'not_comparable'
  | 'state_encrypted'
  | 'other_lineage';

/** Fails the step before anything was changed; `message` is for the user. */
export class HistoryRefused extends CodedError<HistoryRefusalCode> {
  override readonly name = 'HistoryRefused';
}
