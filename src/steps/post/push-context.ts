import type { HeldLock } from '../../backend/lock/held-lock.ts';
import type { Backend } from '../../backend/settings.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import type { Session } from '../../job-state/saved-state.ts';

/** What a push goes by. */
export interface PushContext {
  readonly deps: Dependencies;
  readonly backend: Backend;
  readonly session: Session;
  /** Undefined when nothing is locked. Whatever keeps the lock alive in the meantime reports its loss here. */
  readonly held: HeldLock | undefined;
}
