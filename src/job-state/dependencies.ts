import type { Aws, ConnectOptions } from '../aws/aws.ts';
import { connectAws } from '../aws/connect.ts';
import { type LookUpRun, lookUpRun } from '../github/run-status.ts';
import type { Environment } from '../runner/inputs.ts';
import { type CleanupPhase, endOfWork, type WorkLimits } from '../runner/interrupt.ts';
import { type Machine, thisMachine } from '../runner/machine.ts';
import { type Processes, systemProcesses } from '../runner/processes.ts';
import { actionsRunner, type Runner } from '../runner/runner.ts';
import { type Clock, systemClock } from '../time/clock.ts';

/** Everything through which a step reaches the outside world. */
export interface Dependencies {
  readonly env: Environment;
  readonly runner: Runner;
  readonly clock: Clock;
  /** Ends the work: the runner interrupted it, or the step's time is up. */
  readonly signal: AbortSignal;
  /** The signal for what must still be done after that. Its time starts at the first call for that purpose. */
  readonly cleanupSignal: (purpose: CleanupPhase) => AbortSignal;
  /** How long a call is retried when only waiting can help, in ms. */
  readonly tryForMs: number;
  readonly random: () => number;
  readonly connect: (options: ConnectOptions) => Aws;
  readonly lookUpRun: LookUpRun;
  readonly machine: Machine;
  readonly processes: Processes;
}

/** The real parts. */
export function realDependencies(limits: WorkLimits): Dependencies {
  return {
    env: process.env,
    runner: actionsRunner,
    clock: systemClock,
    ...endOfWork(limits),
    tryForMs: limits.tryForMs,
    random: Math.random,
    connect: connectAws,
    lookUpRun,
    machine: thisMachine,
    processes: systemProcesses,
  };
}
