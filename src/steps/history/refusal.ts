/** Why a version was neither compared nor restored. */
export type HistoryRefusalCode =
  | 'no_versions'
  | 'not_versioned'
  | 'version_not_found'
  | 'version_unusable'
  | 'not_comparable'
  | 'state_encrypted'
  | 'other_lineage';

/** What fails the step while nothing was changed; `message` is for the user. */
export class HistoryRefused extends Error {
  readonly code: HistoryRefusalCode;

  constructor(code: HistoryRefusalCode, message: string) {
    super(message);
    this.name = 'HistoryRefused';
    this.code = code;
  }
}
