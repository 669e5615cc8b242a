import type { HeldLock } from '../../backend/lock/held-lock.ts';
import type { OurLock } from '../../backend/lock/lock-store.ts';
import type { Backend } from '../../backend/settings.ts';
import type { CommittedCheckpoint, RecordKeeper } from '../../job-state/checkpoint-record.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import type { PulledFacts, Session } from '../../job-state/saved-state.ts';
import type { FileMark, WatchedFile } from '../../workspace-files/snapshot.ts';

/** A checkpointer at work. */
export interface Checkpointer {
  readonly deps: Dependencies;
  readonly backend: Backend;
  readonly session: Session;
  readonly lock: OurLock;
  readonly held: HeldLock;
  /** Undefined where there is nothing to push: then only the heartbeat is kept up. */
  readonly job: WatchedState | undefined;
  readonly record: RecordKeeper;
  readonly heartbeatState: HeartbeatState;
}

/** The state that the job works on. */
export interface WatchedState {
  readonly pulled: PulledFacts;
  readonly file: WatchedFile;
  /** Where a copy of it goes. */
  readonly copyPath: string;
  /** The file had this mark when it was last looked at: until it has another, there is nothing to do. */
  decided: FileMark | undefined;
}

/** The lock's heartbeat: how often it was renewed, and when last, on the monotonic clock. */
export interface HeartbeatState {
  beats: number;
  lastAt: number;
}

/** What the object holds as far as the checkpointer knows: its last checkpoint, else what main pulled. */
export function checkpointBase(
  { record }: Pick<Checkpointer, 'record'>,
  { pulled }: WatchedState,
): PulledFacts | CommittedCheckpoint {
  return record.current.committed ?? pulled;
}
