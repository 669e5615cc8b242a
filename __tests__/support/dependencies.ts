import { connectAws } from '../../src/aws/connect.ts';
import type { Dependencies } from '../../src/job-state/dependencies.ts';
import { systemProcesses } from '../../src/runner/processes.ts';
import { actionsRunner, type Runner } from '../../src/runner/runner.ts';
import { fakeMachine } from '../job-state/support.ts';
import { createFakeClock } from './fake-clock.ts';

/** The world of a step that runs in this process: nothing interrupts it, no call is repeated, and no Terraform runs. */
export function fakeDependencies(change: Partial<Dependencies> = {}): Dependencies {
  const { signal } = new AbortController();
  return {
    env: {},
    runner: actionsRunner,
    clock: createFakeClock({ startEpochMs: Date.now(), autoAdvance: true }),
    signal,
    cleanupSignal: () => signal,
    tryForMs: 0,
    random: () => 1,
    connect: connectAws,
    lookUpRun: async () => ({ kind: 'running' }),
    machine: fakeMachine(),
    processes: systemProcesses,
    ...change,
  };
}

/** A runner that collects what a step says. */
export interface CollectingRunner {
  readonly runner: Runner;
  /** Each line of the log and each block of the summary, in order. */
  readonly messages: string[];
}

/** A runner whose log and summary are collected, and printed nowhere. */
export function collectingRunner(): CollectingRunner {
  const messages: string[] = [];
  const say = (text: string): void => void messages.push(text);
  const runner: Runner = {
    ...actionsRunner,
    info: say,
    notice: say,
    warning: say,
    debug: () => {},
    mask: () => {},
    group: (_, work) => work(),
    summary: async (markdown) => say(markdown),
  };
  return { runner, messages };
}
