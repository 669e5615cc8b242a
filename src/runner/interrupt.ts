/** Why work was ended: the runner asked for it, as it does on cancel and on a step's timeout (E6). */
export class Interrupted extends Error {
  constructor(signal: string) {
    super(`interrupted by ${signal}: the job was cancelled or timed out`);
    this.name = 'Interrupted';
  }
}

/**
 * One AbortSignal for the whole process, aborted by SIGINT or SIGTERM, `graceMs` after the first of them.
 * Main has no grace to give. Post uses some to finish what it has begun: the runner kills 10 s after SIGINT.
 */
export function interruptSignal(graceMs: number): AbortSignal {
  const controller = new AbortController();
  const interrupt = (signal: NodeJS.Signals): void => {
    const abort = (): void => controller.abort(new Interrupted(signal));
    if (graceMs === 0) abort();
    else setTimeout(abort, graceMs).unref();
  };
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  return controller.signal;
}
