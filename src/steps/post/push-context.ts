import type { HeldLock } from '../../backend/lock/held-lock.ts';
import type { Backend } from '../../backend/settings.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import type { Session } from '../../job-state/saved-state.ts';

/** What a push goes by. */
export interface PushContext {
  readonly deps: Dependencies;
  readonly backend: Backend;
  readonly session: Session;
  /** Undefined where nothing is locked. Whoever keeps the lock alive meanwhile says here when it is lost. */
  readonly held: HeldLock | undefined;
}
