import type { KeptSnapshot } from '../../job-state/saved-state.ts';
import type { KeptState } from '../../messages/kept-state-text.ts';
import type { PushDecision } from './push-decision.ts';

/** A state that is now in S3. */
export interface PushedState {
  readonly etag: string | undefined;
  readonly versionId: string | undefined;
  /** False when the store has no conditional writes. */
  readonly conditional: boolean;
  /** The lock was confirmed as ours after the state was stored: whoever gets it later reads this state. */
  readonly isConfirmed: boolean;
  /** Of the state that main pulled; undefined when none was needed. */
  readonly snapshot: KeptSnapshot | undefined;
}

/** The result for the job's state. `kept`: where a state that was not pushed is kept. The local files then stay. */
export interface PushEnd {
  readonly decision: PushDecision;
  readonly pushed: PushedState | undefined;
  readonly error: unknown;
  readonly kept: KeptState | undefined;
  /** The MD5 of the current object, if the table still lacks it. */
  readonly digest: string | undefined;
}
