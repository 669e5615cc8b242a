import type { Aws, Clock as AwsClock, ConnectOptions } from '../aws/aws.ts';
import { connectAws } from '../aws/connect.ts';
import { systemClock } from '../runner/clock.ts';
import type { Environment } from '../runner/inputs.ts';
import { interruptSignal } from '../runner/interrupt.ts';
import { actionsRunner, type Runner } from '../runner/runner.ts';

export interface Clock extends AwsClock {
  monotonic(): number;
}

/** Everything a story reaches the world through. */
export interface Dependencies {
  readonly env: Environment;
  readonly runner: Runner;
  readonly clock: Clock;
  /** Ends the work: the runner asked for it. */
  readonly signal: AbortSignal;
  /** The signal for what must still be done after that. Its time runs from the first call of this function. */
  readonly lastWords: () => AbortSignal;
  readonly random: () => number;
  readonly connect: (options: ConnectOptions) => Aws;
}

// SIGINT is followed by SIGKILL 10 s later (runner contract E6).
const LAST_WORDS_MS = 6_000;

/** The real parts. `graceMs`: how long work may go on after the runner's signal. */
export function realDependencies(graceMs: number): Dependencies {
  let lastWords: AbortSignal | undefined;
  return {
    env: process.env,
    runner: actionsRunner,
    clock: systemClock,
    signal: interruptSignal(graceMs),
    lastWords: () => {
      lastWords ??= AbortSignal.timeout(LAST_WORDS_MS);
      return lastWords;
    },
    random: Math.random,
    connect: connectAws,
  };
}
