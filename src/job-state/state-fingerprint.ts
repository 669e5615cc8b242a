import { createHash } from 'node:crypto';
import type { DownloadedState } from '../backend/state/state-object.ts';
import type { StateHeader } from '../statefile/inspect.ts';

/** The fingerprint of "there is no state yet". */
export const NO_STATE = 'no-state';

const FINGERPRINT = /^(?:no-state|[0-9a-f]{64})$/;

/**
 * A state's identity in one string, the SHA-256 of lineage, serial and MD5: equal fingerprints mean the same bytes. An
 * apply job compares it with the plan job's. It reveals nothing of the state and has no slash, because GitHub drops a
 * job output that contains a masked text, such as a path, a name or a short number.
 */
export function fingerprint(state: DownloadedState | undefined, header: StateHeader | undefined): string {
  if (state === undefined || header === undefined) return NO_STATE;
  const identity = `${header.lineage}/${header.serial}/${state.facts.md5}`;
  return createHash('sha256').update(identity).digest('hex');
}

/** Whether a text can be a fingerprint at all. */
export function isFingerprint(text: string): boolean {
  return FINGERPRINT.test(text);
}
