import { connectAws } from '../../src/aws/connect.ts';
import type { Dependencies } from '../../src/job-state/dependencies.ts';
import { systemProcesses } from '../../src/runner/processes.ts';
import { actionsRunner, type Runner } from '../../src/runner/runner.ts';
import { fakeMachine } from '../job-state/support.ts';
import { createFakeClock } from './fake-clock.ts';

/**
 * The dependencies of a step that runs in this process: nothing interrupts it, no call is repeated and no
 * Terraform runs.
 */
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

/** A runner that collects a step's output. */
export interface CollectingRunner {
  readonly runner: Runner;
  /** Each line of the log, each annotation and each block of the summary, in order. */
  readonly messages: string[];
  /** Parts of them: the lines and annotations, the notices, the warnings, the summary. */
  readonly log: string[];
  readonly notices: string[];
  readonly warnings: string[];
  readonly summary: string[];
  readonly outputs: Record<string, string>;
}

/** A runner whose log, summary and outputs are collected, and printed nowhere. */
export function collectingRunner(): CollectingRunner {
  const messages: string[] = [];
  const log: string[] = [];
  const notices: string[] = [];
  const warnings: string[] = [];
  const summary: string[] = [];
  const outputs: Record<string, string> = {};
  const sayTo =
    (...lists: string[][]) =>
    (text: string): void => {
      for (const list of lists) list.push(text);
    };
  const runner: Runner = {
    ...actionsRunner,
    info: sayTo(messages, log),
    notice: sayTo(messages, log, notices),
    warning: sayTo(messages, log, warnings),
    debug: () => {},
    mask: () => {},
    output: (name, value) => {
      outputs[name] = value;
    },
    group: (_, work) => work(),
    summary: async (markdown) => sayTo(messages, summary)(markdown),
  };
  return { runner, messages, log, notices, warnings, summary, outputs };
}
