import type { Actor, Fate } from './actor.ts';
import { type Backstage, goOn, loseMachine, quiet, say, signalProcess, type Waiting } from './backstage.ts';

/** One decision of the schedule: which of the ready actors continues, and for how many turns. */
export interface Burst {
  readonly who: number;
  readonly turns: number;
}

// While somebody is frozen, a checkpointer beside it has time for a checkpoint.
const FROZEN_TURNS = 24;

/** Plays a schedule and then everybody in turn until nobody waits. */
export async function playSchedule(stage: Backstage, schedule: readonly Burst[]): Promise<void> {
  const isOver = (): boolean => stage.waiting.length + stage.arrival.length === 0;
  for (const burst of schedule) if (!isOver()) await playBurst(stage, burst);
  for (let who = 0; !isOver(); who += 1) await playBurst(stage, { who, turns: 1 });
}

async function playBurst(stage: Backstage, { who, turns }: Burst): Promise<void> {
  thaw(stage);
  const ready = readyActors(stage);
  const index = who % (ready.length + stage.arrival.length);
  const actor = ready[index];
  if (actor === undefined) return await arrive(stage, index - ready.length);
  for (let turn = 0; turn < turns && !stage.frozen.has(actor); turn += 1) {
    const next = stage.waiting.find(({ process }) => process.actor === actor);
    if (next === undefined) return;
    await takeTurn(stage, next);
  }
}

/** In the order of the cast. */
function readyActors({ cast, waiting, frozen }: Backstage): Actor[] {
  return cast.filter((actor) => !frozen.has(actor) && waiting.some(({ process }) => process.actor === actor));
}

/** Resumes frozen actors when nobody else can continue, except checkpointers, which never end by themselves. */
function thaw(stage: Backstage): void {
  const ready = readyActors(stage);
  if (ready.some(({ host }) => host === undefined)) return;
  for (const [actor, since] of stage.frozen) {
    if (ready.length > 0 && stage.turns - since < FROZEN_TURNS) continue;
    stage.frozen.delete(actor);
    say(stage, actor.name, 'goes on');
  }
}

async function takeTurn(stage: Backstage, next: Waiting): Promise<void> {
  const {
    actor,
    actor: { fate, turns, freezesAt },
  } = next.process;
  stage.turns += 1;
  actor.turns += 1;
  if (fate?.at === turns) end(stage, next, fate.kind);
  else if (freezesAt === turns) {
    stage.frozen.set(actor, stage.turns);
    say(stage, actor.name, `is frozen ${WHERE[next.kind]}`);
  } else pass(stage, next);
  await quiet(stage);
}

const WHERE = { request: 'before a request', answer: 'before an answer', step: 'at rest' };

function end(stage: Backstage, { process, kind }: Waiting, how: Fate['kind']): void {
  say(stage, process.actor.name, `${how} ${WHERE[kind]}`);
  if (how === 'lost') loseMachine(stage, process.actor);
  else signalProcess(stage, process, how);
}

function pass(stage: Backstage, next: Waiting): void {
  const { waiting } = stage;
  waiting.splice(waiting.indexOf(next), 1);
  // With several parallel requests, the first answer has no effect yet.
  const isOneOfSeveral = waiting.some(({ process, kind }) => process === next.process && kind !== 'step');
  if (next.kind !== 'answer' || !isOneOfSeveral) goOn(stage, next.process.actor);
  next.go();
}

async function arrive(stage: Backstage, index: number): Promise<void> {
  const [late] = stage.arrival.splice(index, 1);
  if (late === undefined) return;
  late.actor.isLate = true;
  say(stage, late.actor.name, 'its last request arrives late');
  await late.send().catch(() => undefined);
  late.actor.isLate = false;
}
