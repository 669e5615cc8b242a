import type { HeldLock } from '../../backend/lock/held-lock.ts';
import type { OurLock } from '../../backend/lock/lock-store.ts';
import type { Backend } from '../../backend/settings.ts';
import type { CommittedCheckpoint, RecordKeeper } from '../../job-state/checkpoint-record.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import type { PulledFacts, Session } from '../../job-state/saved-state.ts';
import type { FileMark, WatchedFile } from '../../workspace-files/snapshot.ts';

/** A running checkpointer. */
export interface Checkpointer {
  readonly deps: Dependencies;
  readonly backend: Backend;
  readonly session: Session;
  readonly lock: OurLock;
  readonly held: HeldLock;
  /** Undefined when there is nothing to push. Then only the heartbeat is sent. */
  readonly job: WatchedState | undefined;
  readonly record: RecordKeeper;
  readonly heartbeatState: HeartbeatState;
}

/** The state on which the job works. */
export interface WatchedState {
  readonly pulled: PulledFacts;
  readonly file: WatchedFile;
  /** The path for a copy of it. */
  readonly copyPath: string;
  /** The file's mark at the last check. Until it changes, there is nothing to do. */
  decided: FileMark | undefined;
}

/** The lock's heartbeat: how often it was renewed, and when last, on the monotonic clock. */
export interface HeartbeatState {
  beats: number;
  lastAt: number;
}

/** The object's content as far as the checkpointer knows: its last checkpoint, or else what main pulled. */
export function checkpointBase(
  { record }: Pick<Checkpointer, 'record'>,
  { pulled }: WatchedState,
): PulledFacts | CommittedCheckpoint {
  return record.current.committed ?? pulled;
}
