import type { DownloadedState } from '../backend/state/state-object.ts';
import type { StateHeader } from '../statefile/inspect.ts';

/** The fingerprint of "there is no state yet". */
export const NO_STATE = 'no-state';

const FINGERPRINT = /^(?:no-state|.*\/\d+\/[0-9a-f]{32})$/;

/**
 * A state's identity in one string, `<lineage>/<serial>/<md5>`: equal fingerprints mean the same bytes.
 * An apply job compares it with the plan job's.
 */
export function fingerprint(state: DownloadedState | undefined, header: StateHeader | undefined): string {
  if (state === undefined || header === undefined) return NO_STATE;
  return `${header.lineage}/${header.serial}/${state.facts.md5}`;
}

/** Whether a text can be a fingerprint at all. */
export function isFingerprint(text: string): boolean {
  return FINGERPRINT.test(text);
}
