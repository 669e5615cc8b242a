/**
 * Why work was ended: the runner asked for it, as it does for a cancellation and a step's timeout
 * (docs/runner.md#cancellation).
 */
export class Interrupted extends Error {
  readonly signal: string;

  constructor(signal: string) {
    super(`interrupted: ${signal}`);
    this.name = 'Interrupted';
    this.signal = signal;
  }
}

/** How long a step may work, in ms. */
export interface WorkLimits {
  /** From the runner's signal to the end of the work. The runner kills the step 10 s after its signal. */
  readonly graceMs: number;
  /** The total; undefined for no limit. The runner gives all post steps of a cancelled job less than 5 minutes. */
  readonly totalMs: number | undefined;
  /** How long a call is retried when only waiting can help, but never beyond the end of the work. */
  readonly tryForMs: number;
}

/** The step's own time is up. */
export class OutOfTime extends Error {
  readonly limitMs: number;

  constructor(limitMs: number) {
    super(`out of time: ${limitMs} ms`);
    this.name = 'OutOfTime';
    this.limitMs = limitMs;
  }
}

/** What must still be done after the end. Each has its own time, so a hanging rescue can't cost the release. */
export type CleanupPhase = 'rescue' | 'release';

export interface EndOfWork {
  readonly signal: AbortSignal;
  readonly cleanupSignal: (purpose: CleanupPhase) => AbortSignal;
}

/** How long a step retries when only waiting can help and nothing waits for its end: longer than a failover takes. */
export const TRY_FOR_MS = 60_000;

// With a grace of 3 s, everything stays within the runner's 10 s.
const AFTER_INTERRUPT_MS: Readonly<Record<CleanupPhase, number>> = { rescue: 3_000, release: 3_500 };
const AFTER_DEADLINE_MS: Readonly<Record<CleanupPhase, number>> = { rescue: 40_000, release: 60_000 };

/**
 * One AbortSignal for the whole process, aborted by SIGINT, SIGTERM or the deadline, and one for each task that must
 * still be done after it. The time of each task starts at the first call for it.
 */
export function endOfWork({ graceMs, totalMs }: Pick<WorkLimits, 'graceMs' | 'totalMs'>): EndOfWork {
  const controller = new AbortController();
  const last = new Map<CleanupPhase, AbortController>();
  let interrupted = false;
  const interrupt = (signal: NodeJS.Signals): void => {
    interrupted = true;
    // Tasks to which the deadline gave more time than the runner leaves now.
    for (const [purpose, extension] of last) {
      abortAfter(extension, AFTER_INTERRUPT_MS[purpose], new Interrupted(signal));
    }
    if (graceMs === 0) controller.abort(new Interrupted(signal));
    else abortAfter(controller, graceMs, new Interrupted(signal));
  };
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  if (totalMs !== undefined) abortAfter(controller, totalMs, new OutOfTime(totalMs));
  const cleanupSignal = (purpose: CleanupPhase): AbortSignal => {
    const known = last.get(purpose);
    if (known !== undefined) return known.signal;
    const milliseconds = (interrupted ? AFTER_INTERRUPT_MS : AFTER_DEADLINE_MS)[purpose];
    const extension = new AbortController();
    abortAfter(extension, milliseconds, new OutOfTime(milliseconds));
    last.set(purpose, extension);
    return extension.signal;
  };
  return { signal: controller.signal, cleanupSignal };
}

/** An `AbortSignal.timeout` without listeners may be garbage-collected, and then never fires. */
function abortAfter(controller: AbortController, milliseconds: number, reason: Error): void {
  setTimeout(() => controller.abort(reason), milliseconds).unref();
}
