import type { CallAttempt } from '../aws/aws.ts';
import type { PushSide } from '../statefile/push-rules.ts';
import { plain } from './plain.ts';

/** What a decision is about. */
export type DecisionSubject = 'lock' | 'pull' | 'push' | 'checkpoint' | 'release' | 'stale evidence' | 'plan';

/** One decision as a line for step debug logging: `Decision on push: refuse, the serial is lower`. Pure. */
export function decisionLine(subject: DecisionSubject, decision: string, reason?: string): string {
  const because = reason === undefined ? '' : `, ${reason}`;
  return plain(`Decision on ${subject}: ${decision}${because}`);
}

/** One attempt of a call as a line for step debug logging: `s3:GetObject of ..., try 2: SlowDown, status 503, 31 ms`. Pure. */
export function callLine({ api, resource, attempt, ms, trouble }: CallAttempt): string {
  return plain(`${api} of ${resource}, try ${attempt}: ${trouble ?? 'ok'}, ${Math.round(ms)} ms`);
}

/** Identifies a state in the log without showing its content. Pure. */
export function nameState(state: Pick<PushSide, 'serial' | 'md5'> | undefined): string {
  return state === undefined ? 'no state' : `serial ${state.serial}, MD5 ${state.md5}`;
}
