import { setTimeout as delay, setImmediate as nextTick } from 'node:timers/promises';
import { Interrupted } from '../../src/runner/interrupt.ts';
import type { Actor, Process } from './actor.ts';

/** Whatever waits for a turn. `late`: a request whose sender is gone. */
export interface Waiting {
  readonly process: Process;
  readonly kind: 'request' | 'answer' | 'step';
  readonly go: () => void;
  readonly late: (() => Promise<void>) | undefined;
}

/** The state of a stage. */
export interface Backstage {
  readonly history: string[];
  readonly waiting: Waiting[];
  /** Requests under way whose senders are gone. */
  readonly arrival: { readonly actor: Actor; readonly send: () => Promise<void> }[];
  readonly cast: Actor[];
  /** Actors that had their turn and haven't halted since. */
  readonly busy: Set<Actor>;
  /** Requests that the server has not answered yet. */
  underWay: number;
  readonly dead: Set<Process>;
  /** Frozen actors, each with the overall turn at which it was frozen. */
  readonly frozen: Map<Actor, number>;
  readonly failures: unknown[];
  onHalt: () => void;
  turns: number;
  time: number;
}

const EPOCH = Date.UTC(2026, 0, 2, 3, 4, 5);
const STUCK_AFTER_MS = 10_000;
/** By then, work that only computes or uses the disk has reached its next halt. */
const STILL_MS = 300;

export function openBackstage(): Backstage {
  return {
    history: [],
    waiting: [],
    arrival: [],
    cast: [],
    failures: [],
    busy: new Set(),
    underWay: 0,
    dead: new Set(),
    frozen: new Map(),
    onHalt: () => {},
    turns: 0,
    time: EPOCH,
  };
}

export function say({ history }: Backstage, who: string, what: string): void {
  history.push(`${who}: ${what}`);
}

export function isLost(actor: Actor): boolean {
  return actor.state === 'lost' || actor.host?.state === 'lost';
}

/** Resumes the actor. One whose story is over stays ended, although an abandoned call may still have a turn. */
export function goOn(stage: Backstage, actor: Actor): void {
  if (actor.state !== 'ended') stage.busy.add(actor);
}

/** The actor halts until its next turn. */
export function halt(stage: Backstage, actor: Actor): void {
  stage.busy.delete(actor);
  stage.onHalt();
}

export function drop({ waiting }: Backstage, isGone: (entry: Waiting) => boolean): void {
  const kept = waiting.filter((entry) => !isGone(entry));
  waiting.splice(0, waiting.length, ...kept);
}

/** Waits for a turn or for whatever replaces it; forever when the process is dead or its machine lost. */
export function wait(
  stage: Backstage,
  entry: Omit<Waiting, 'go'>,
  instead: Promise<void> | undefined = undefined,
): Promise<void> {
  return new Promise((go) => {
    if (isLost(entry.process.actor) || stage.dead.has(entry.process)) return;
    const waiting = { ...entry, go };
    stage.waiting.push(waiting);
    halt(stage, entry.process.actor);
    instead?.then(() => {
      drop(stage, (other) => other === waiting);
      go();
    });
  });
}

/** Until each actor waits for a turn or has ended. */
export async function quiet(stage: Backstage): Promise<void> {
  const stuckAt = performance.now() + STUCK_AFTER_MS;
  while (stage.busy.size > 0) {
    const { promise, resolve } = Promise.withResolvers<'halt'>();
    stage.onHalt = () => resolve('halt');
    const timer = new AbortController();
    const still = delay(STILL_MS, 'still', { signal: timer.signal }).catch(() => 'halt');
    if ((await Promise.race([promise, still])) === 'still') haltWhoWaits(stage);
    timer.abort();
    if (performance.now() < stuckAt) continue;
    throw new Error(`nothing comes from ${[...stage.busy].map(({ name }) => name).join(', ')}`);
  }
  // The parallel work of one process halts in parallel.
  await nextTick();
  await nextTick();
}

/** Of a process's parallel tasks, one may end with its turn while another waits for the next. */
function haltWhoWaits(stage: Backstage): void {
  if (stage.underWay > 0) return;
  const waiting = new Set(stage.waiting.map(({ process }) => process.actor));
  for (const actor of [...stage.busy].filter((one) => waiting.has(one))) halt(stage, actor);
}

/** Ends what a process waits for, and the process itself if it is killed. */
export function signalProcess(stage: Backstage, process: Process, how: 'cancelled' | 'killed'): void {
  const { actor } = process;
  if (stage.dead.has(process) || isLost(actor)) return;
  const interrupted = stage.waiting.filter((entry) => entry.process === process);
  for (const { late } of interrupted) if (late) stage.arrival.push({ actor, send: late });
  drop(stage, (entry) => entry.process === process);
  stage.frozen.delete(actor);
  goOn(stage, actor);
  if (how === 'cancelled') {
    process.cancel.abort(new Interrupted('SIGTERM'));
    for (const { go } of interrupted) go();
    return;
  }
  stage.dead.add(process);
  process.kill();
}

/** Loses a machine with everything that runs on it. */
export function loseMachine(stage: Backstage, actor: Actor): void {
  actor.state = 'lost';
  for (const { process, late } of stage.waiting) {
    if (isLost(process.actor) && late) stage.arrival.push({ actor: process.actor, send: late });
  }
  drop(stage, ({ process }) => isLost(process.actor));
  for (const other of [...stage.busy].filter(isLost)) halt(stage, other);
}
