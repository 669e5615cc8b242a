/** Why work was ended: the runner asked for it, as it does on cancel and on a step's timeout (E6). */
export class Interrupted extends Error {
  constructor(signal: string) {
    super(`interrupted by ${signal}: the job was cancelled or timed out`);
    this.name = 'Interrupted';
  }
}

/** How long a step may work, in ms. */
export interface WorkLimits {
  /** From the runner's signal to the end of the work. The runner kills 10 s after its signal. */
  readonly graceMs: number;
  /** In all; undefined: as long as it takes. The runner gives all post steps of a cancelled job under 5 minutes. */
  readonly totalMs: number | undefined;
}

export interface EndOfWork {
  readonly signal: AbortSignal;
  readonly lastWords: () => AbortSignal;
}

// With a grace of at most 3 s this stays within the runner's 10 s.
const AFTER_INTERRUPT_MS = 6_000;
const AFTER_DEADLINE_MS = 45_000;

/**
 * One AbortSignal for the whole process, aborted by SIGINT, SIGTERM or the deadline, and the one after it, for the
 * last things that must be done: their time runs from the first call of `lastWords`.
 */
export function endOfWork({ graceMs, totalMs }: WorkLimits): EndOfWork {
  const controller = new AbortController();
  const interrupt = (signal: NodeJS.Signals): void => {
    const abort = (): void => controller.abort(new Interrupted(signal));
    if (graceMs === 0) abort();
    else setTimeout(abort, graceMs).unref();
  };
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  const deadline = totalMs === undefined ? [] : [AbortSignal.timeout(totalMs)];
  const signal = AbortSignal.any([controller.signal, ...deadline]);
  let last: AbortSignal | undefined;
  const lastWords = (): AbortSignal => {
    last ??= AbortSignal.timeout(controller.signal.aborted ? AFTER_INTERRUPT_MS : AFTER_DEADLINE_MS);
    return last;
  };
  return { signal, lastWords };
}
