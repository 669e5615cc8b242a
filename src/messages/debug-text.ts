import type { PushSide } from '../statefile/push-rules.ts';
import { plain } from './plain.ts';

/** What a step decides about. */
export type DecisionSubject = 'lock' | 'pull' | 'push' | 'checkpoint' | 'release' | 'stale evidence';

/** One decision as a line for step debug logging: `Decision on push: refuse, the serial is lower`. Pure. */
export function decisionLine(subject: DecisionSubject, decision: string, reason?: string): string {
  const because = reason === undefined ? '' : `, ${reason}`;
  return plain(`Decision on ${subject}: ${decision}${because}`);
}

/** What identifies a state in the log; nothing of its content. Pure. */
export function nameState(state: Pick<PushSide, 'serial' | 'md5'> | undefined): string {
  return state === undefined ? 'no state' : `serial ${state.serial}, MD5 ${state.md5}`;
}
