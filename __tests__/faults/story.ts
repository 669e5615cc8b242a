import { vi } from 'vitest';
import { lookUpRun } from '../../src/github/run-status.ts';
import type { Dependencies } from '../../src/job-state/dependencies.ts';
import { readSavedState } from '../../src/job-state/saved-state.ts';
import { runMain } from '../../src/main.ts';
import { explain } from '../../src/messages/explain.ts';
import { runPost } from '../../src/post.ts';
import { TRY_FOR_MS, type WorkLimits } from '../../src/runner/interrupt.ts';
import { type Machine, thisMachine } from '../../src/runner/machine.ts';
import { type Processes, systemProcesses } from '../../src/runner/processes.ts';
import { runCheckpointer } from '../../src/steps/checkpointer/run-checkpointer.ts';
import { unlock } from '../../src/steps/unlock/unlock.ts';
import type { RequestRecord, WaitDecision } from '../support/proxy.ts';
import type { FaultBench } from './bench.ts';
import { callName } from './calls.ts';
import { type Entry, type FaultJob, recordingRunner, type StepEnd } from './fake-job.ts';
import { createStoryTime, type StoryTime, type Tasks } from './story-time.ts';
import { type Fate, faultyConnect, type Weather } from './wire.ts';

/** A step as the runner starts it. */
export interface Step {
  readonly entry: Entry;
  readonly job: FaultJob;
  readonly inputs: Record<string, string>;
  readonly weather?: Weather;
  /** A time that it shares with another step; by default its own. */
  readonly time?: StoryTime;
  /** Its view of the machine, if not the real one. */
  readonly machine?: Machine;
  /** The runner's worker, which a checkpointer watches. */
  readonly workerPid?: number;
}

interface Story {
  readonly report: (deps: Dependencies, workerPid: number | undefined) => Promise<void>;
  readonly limits: WorkLimits;
}

/**
 * As in src/main.ts, src/post.ts, src/unlock.ts and src/checkpointer.ts, except that nobody else ends a
 * checkpointer here.
 */
const STORIES: Readonly<Record<Entry, Story>> = {
  main: { report: runMain, limits: { graceMs: 0, totalMs: undefined, tryForMs: TRY_FOR_MS } },
  post: {
    report: runPost,
    limits: { graceMs: 3_000, totalMs: 180_000, tryForMs: Number.POSITIVE_INFINITY },
  },
  unlock: { report: unlock, limits: { graceMs: 0, totalMs: undefined, tryForMs: TRY_FOR_MS } },
  checkpointer: {
    report: runCheckpointer,
    limits: { graceMs: 0, totalMs: 50_000, tryForMs: TRY_FOR_MS },
  },
};

/**
 * The checkpointer looks after itself, the lock and the state side by side; the latter two may wait for the same
 * role. Post continues the heartbeat beside its work, if the lock has one.
 */
function makeTasks(entry: Entry, job: FaultJob): Tasks {
  if (entry === 'checkpointer') return { count: job.hasTable ? 3 : 2, share: job.hasRole };
  const hasHeartbeat = readSavedState(job.environment('post'))?.session.lock?.heartbeatMs !== undefined;
  return entry === 'post' && hasHeartbeat ? { count: 2, share: true } : { count: 1, share: false };
}

/** No process starts another one here: a scenario runs the checkpointer as a separate step. */
const NO_PROCESS = 4_194_305;
const processes: Processes = { ...systemProcesses, start: async () => NO_PROCESS };

const CLEAR: Weather = () => undefined;

/** Runs a step in this process, with the real parts down to the wire, where `fate` decides about its calls. */
export async function runStory(
  bench: FaultBench,
  { entry, job, inputs, weather = CLEAR, machine = thisMachine, workerPid, ...own }: Step,
  fate: Fate = () => undefined,
): Promise<StepEnd> {
  const { report, limits } = STORIES[entry];
  const time = own.time ?? createStoryTime(limits, makeTasks(entry, job));
  const { runner, end } = recordingRunner(job.saved);
  vi.stubEnv('HOME', job.folders.home);
  faultyGitHub(bench, time, fate);
  const deps: Dependencies = {
    env: job.environment(entry, inputs),
    runner,
    clock: time.clock,
    signal: time.signal,
    cleanupSignal: time.cleanupSignal,
    tryForMs: limits.tryForMs,
    random: () => 0.5,
    connect: faultyConnect(bench, time, fate, weather),
    lookUpRun: (...run) => time.duringCall(() => lookUpRun(...run)),
    machine,
    processes,
  };
  try {
    await report(deps, workerPid);
  } catch (error) {
    runner.fail(explain(error, deps.clock.now()));
  } finally {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  }
  return end();
}

/** GitHub's client gives no access to its wire, so its proxy sees the call first. */
function faultyGitHub({ githubProxy }: FaultBench, time: StoryTime, fate: Fate): void {
  const impatience = new AbortController();
  vi.spyOn(AbortSignal, 'timeout').mockReturnValue(impatience.signal);
  const late = new Set<RequestRecord>();
  githubProxy.onRequest((record): WaitDecision => {
    const effect = fate(callName(record), time.clock.monotonic()) ?? 'pass';
    if (effect === 'cancel-after') late.add(record);
    else if (effect === 'cancel-before') time.interrupt();
    else if (effect === 'hang') impatience.abort(new DOMException('The operation timed out', 'TimeoutError'));
    else return effect === 'refused' ? 'reset-before' : effect;
    return effect === 'cancel-after' ? 'pass' : 'hang';
  });
  githubProxy.afterResponse((record) => {
    if (!late.has(record)) return;
    time.interrupt();
    return new Promise(() => {});
  });
}
