import type { OurLock } from '../../backend/lock.ts';
import type { Backend } from '../../backend/settings.ts';
import type { Dependencies } from '../dependencies.ts';
import type { PulledFacts, Session } from '../saved-state.ts';
import type { Landed, RecordKeeper } from './guard-record.ts';
import type { FileMark, WatchedFile } from './snapshot.ts';

/** A guard at work. */
export interface Guard {
  readonly deps: Dependencies;
  readonly backend: Backend;
  readonly session: Session;
  readonly lock: OurLock;
  /** Undefined where there is nothing to push: then only the heartbeat is kept up. */
  readonly job: WatchedState | undefined;
  readonly record: RecordKeeper;
  readonly pulse: Pulse;
}

/** The state that the job works on. */
export interface WatchedState {
  readonly pulled: PulledFacts;
  readonly file: WatchedFile;
  /** Where a copy of it goes. */
  readonly copyPath: string;
  /** The file had this mark when it was last judged: until it has another, there is nothing to do. */
  judged: FileMark | undefined;
}

/** The lock's heartbeat: how often it was renewed, and when last, on the monotonic clock. */
export interface Pulse {
  beats: number;
  lastAt: number;
}

/** What the object holds as far as the guard knows: its last checkpoint, else what main pulled. */
export function baseOf({ record }: Pick<Guard, 'record'>, { pulled }: WatchedState): PulledFacts | Landed {
  return record.current.landed ?? pulled;
}
