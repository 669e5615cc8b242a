import type { Dependencies } from '../job-state/dependencies.ts';
import type { CleanupPhase } from '../runner/interrupt.ts';
import { allowCleanup, type Interruptible } from './connect-backend.ts';

/** The dependencies that report interrupts. */
type InterruptDependencies = Pick<Dependencies, 'signal' | 'cleanupSignal'>;

/** What must still be done after an interrupt. */
export interface Finish<End> {
  /** `before`: the result of the attempt that the interrupt ended; undefined at first. */
  readonly attempt: (before: End | undefined) => Promise<End>;
  readonly hasFailed: (end: End) => boolean;
}

/**
 * Does it under the signal that ends the work. If an interrupt ends that, it tries once more in the time reserved for
 * it.
 */
export async function finishInTime<End>(
  deps: InterruptDependencies,
  backend: Interruptible,
  purpose: CleanupPhase,
  { attempt, hasFailed }: Finish<End>,
): Promise<End> {
  const isLastTry = deps.signal.aborted;
  allowCleanup(deps, backend, purpose);
  const end = await attempt(undefined);
  if (isLastTry || !deps.signal.aborted || !hasFailed(end)) return end;
  allowCleanup(deps, backend, purpose);
  return await attempt(end);
}

/** The same for a call. Errors: those of the last attempt. */
export async function callInTime<Value>(
  deps: InterruptDependencies,
  backend: Interruptible,
  purpose: CleanupPhase,
  call: () => Promise<Value>,
): Promise<Value> {
  const end = await finishInTime(deps, backend, purpose, {
    attempt: async () => (await Promise.allSettled([call()]))[0],
    hasFailed: ({ status }) => status === 'rejected',
  });
  if (end.status === 'rejected') throw end.reason;
  return end.value;
}
