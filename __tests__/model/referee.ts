import type { Actor } from './actor.ts';
import type { Stage } from './stage.ts';
import type { CommittedCheckpoint } from './watch.ts';
import { type Locks, type ModelState, readIds, type World } from './world.ts';

/** What the referee knows about a writer of the state. */
export interface Writer {
  readonly actor: Actor;
  /** The marks in its last complete state that nobody else's state has. */
  marks: readonly string[];
  /** Terraform writes unconditionally; our jobs compare and swap. */
  readonly kind: 'job' | 'terraform';
  lockId: string | undefined;
  /** It believes that it holds the lock. */
  believes: boolean;
  /** It got the answer that its state is stored. */
  acknowledged: boolean;
  /** Numbers of the events at which each of its processes last saw its lock, and at which somebody else freed it. */
  readonly lookedAt: Map<Actor, number>;
  freedAt: number | undefined;
}

/** Follows everything that the server does, in its order, and checks the rules. */
export interface Referee {
  readonly violations: string[];
  readonly writers: Writer[];
  /** Who wrote the object last. */
  lastWriter: Actor | undefined;
  /** That write arrived after its sender was gone. */
  isLastLate: boolean;
  enter(actor: Actor, kind: Writer['kind']): Writer;
  /** The job that an actor works for: a checkpointer works for its job. */
  findWriter(actor: Actor): Writer | undefined;
  findOwner(lockId: string | undefined): Writer | undefined;
  /** Called for every request after the server has acted. */
  committed(actor: Actor, committed: CommittedCheckpoint): Promise<void>;
}

export async function openReferee(stage: Stage, world: World): Promise<Referee> {
  const violations: string[] = [];
  const writers: Writer[] = [];
  let event = 0;
  let locks: Locks = { item: undefined, file: undefined };
  let before: ModelState | undefined = await world.state();

  const blame = (text: string): void => {
    violations.push(text);
    stage.say('referee', text);
  };

  const enter: Referee['enter'] = (actor, kind) => {
    const facts = { believes: false, acknowledged: false, marks: [], lookedAt: new Map() };
    const writer: Writer = { actor, kind, lockId: undefined, ...facts, freedAt: undefined };
    writers.push(writer);
    return writer;
  };

  const findOwner = (lockId: string | undefined) =>
    lockId === undefined ? undefined : writers.find((writer) => writer.lockId === lockId);

  const findWriter = (actor: Actor) =>
    writers.find((writer) => writer.actor === actor || writer.actor === actor.host);

  const changedHands = (actor: Actor, old: string | undefined, now: string | undefined): void => {
    if (old === now) return;
    const loser = findOwner(old);
    const taker = findOwner(now);
    if (loser !== undefined && loser !== findWriter(actor)) loser.freedAt = event;
    else if (loser !== undefined) loser.believes = false;
    if (taker !== undefined) taker.freedAt = undefined;
  };

  const lockChanged = async (actor: Actor): Promise<void> => {
    const now = await world.locks();
    changedHands(actor, locks.item, now.item);
    changedHands(actor, locks.file, now.file);
    locks = now;
  };

  const stateWritten = async (actor: Actor): Promise<void> => {
    const writer = findWriter(actor);
    const state = await world.state();
    if (writer === undefined || state === undefined) return;
    if (writer.kind === 'job' && !continues(before, state, writer)) {
      blame(`${actor.name} overwrote a state that it had not read`);
    }
    before = state;
    referee.lastWriter = actor;
    referee.isLastLate = actor.isLate;
    if (!actor.isLate) checkHolders(writer, actor);
  };

  /**
   * Between the last check of the lock and the write somebody may free the lock, and S3 still accepts the write.
   * Then the compare-and-swap matters: of two who believe to hold the lock, one fails.
   */
  const checkHolders = (writer: Writer, actor: Actor): void => {
    const lookedAt = writer.lookedAt.get(actor) ?? 0;
    if (writer.freedAt !== undefined && writer.freedAt > lookedAt) return;
    const holders = readIds(locks);
    const { name } = actor;
    if (holders.length !== 1 || holders[0] !== writer.lockId)
      blame(`${name} wrote the state without the lock`);
    for (const other of writers) {
      const isRight = other.believes && other.freedAt === undefined && other.actor.state === 'alive';
      if (other !== writer && isRight)
        blame(`${name} wrote the state while ${other.actor.name} held the lock`);
    }
  };

  const committed: Referee['committed'] = async (actor, { operation, target, failure }) => {
    event += 1;
    stage.say(actor.name, `${operation} ${target} -> ${failure ?? 'done'}`);
    const isRead = operation.startsWith('Get') || operation.startsWith('Head');
    const isLock = target === 'lock' || target === 'lock file' || target === 'both';
    if (isRead && isLock) findWriter(actor)?.lookedAt.set(actor, event);
    if (isRead || failure !== undefined) return;
    if (isLock) await lockChanged(actor);
    if (target === 'state') await stateWritten(actor);
  };

  const referee: Referee = {
    violations,
    writers,
    lastWriter: undefined,
    isLastLate: false,
    enter,
    findWriter,
    findOwner,
    committed,
  };
  return referee;
}

/** Whether a state is the previous one plus something that only this writer has added. */
function continues(before: ModelState | undefined, after: ModelState, { actor }: Writer): boolean {
  const old = before?.marks ?? [];
  const added = after.marks.slice(old.length);
  return (
    old.every((mark, i) => after.marks[i] === mark) &&
    added.length > 0 &&
    added.every((mark) => isOwnMark(actor, mark)) &&
    after.serial === (before?.serial ?? 0) + added.length
  );
}

export function makeMark({ name }: Actor, number: number): string {
  return `${name}/${number}`;
}

function isOwnMark({ name }: Actor, mark: string): boolean {
  return mark.startsWith(`${name}/`);
}
