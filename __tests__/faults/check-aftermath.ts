import { readSavedState } from '../../src/job-state/saved-state.ts';
import { md5 } from '../packaged/support.ts';
import type { FaultBench } from './bench.ts';
import { type FaultJob, listCopies, type StepEnd } from './fake-job.ts';
import type { Prepared } from './scenario.ts';
import type { Facts, Testbed } from './testbed.ts';

/** The facts right after a step that the invariants are about. */
export interface Aftermath extends Facts {
  /** The locks that the step's own job took, those of a job that died before, and those of nobody in this story. */
  readonly ownLocks: readonly string[];
  readonly deadLocks: readonly string[];
  readonly strangers: readonly string[];
  readonly foreignLockStands: boolean;
  /** The location of the job's state; undefined: nowhere. */
  readonly made: 'none' | 'pushed' | 'kept' | 'kept, not named' | undefined;
  /** What the step should have left otherwise. */
  readonly missing: string | undefined;
}

/** Reads everything, bypassing all faults. */
export async function lookAt(testbed: Testbed, prepared: Prepared, end: StepEnd): Promise<Aftermath> {
  const { foreignLock, step, deadJob } = prepared;
  const facts = await testbed.facts();
  const { object, locks } = facts;
  const belongsTo = (job: FaultJob | undefined) => (lock: string) => {
    const id = job && findLockId(job);
    return id !== undefined && lock.includes(id);
  };
  const isOwn = belongsTo(step.job);
  const isDead = belongsTo(deadJob);
  return {
    ...facts,
    ownLocks: locks.filter(isOwn),
    deadLocks: locks.filter(isDead),
    strangers: locks.filter((lock) => !isOwn(lock) && !isDead(lock) && lock !== foreignLock),
    foreignLockStands: foreignLock === undefined || locks.includes(foreignLock),
    made: await whereIs(testbed, prepared, end, object),
    missing: await prepared.missing(facts, end),
  };
}

/** The id of the lock that a job took or tried to take. */
export function findLockId(job: FaultJob): string | undefined {
  return readSavedState(job.environment('post'))?.session.lock?.id;
}

async function whereIs(
  testbed: Testbed,
  { made, step }: Prepared,
  { log }: StepEnd,
  object: string | undefined,
): Promise<Aftermath['made']> {
  if (made === undefined) return 'none';
  if (object === made) return 'pushed';
  const rescued = (await testbed.rescued()).filter(({ text }) => text === made).map(({ key }) => key);
  const copies = [...rescued, ...listCopies(made, step.job)];
  if (copies.length === 0) return undefined;
  return copies.some((name) => log.includes(name)) ? 'kept' : 'kept, not named';
}

/**
 * Whether this outcome is new in the bench, as seen by people and a following job: how the step ended, what it
 * left in bucket, table and folders, and what it saved for its post.
 */
export function isNewEnd(
  { ends }: FaultBench,
  { step: { entry, job } }: Prepared,
  { isRed, outputs }: StepEnd,
  { object, digest, locks, ownLocks, deadLocks, made, missing }: Aftermath,
): boolean {
  const saved = readSavedState(job.environment('post'));
  const facts = [
    [entry, isRed, outputs.reason_code, made, missing],
    [object, digest, locks.length, ownLocks.length, deadLocks.length],
    [Object.keys(job.saved).sort(), saved?.lockStatus, saved?.pulled === undefined],
  ];
  const end = JSON.stringify(facts);
  if (ends.has(end)) return false;
  ends.add(end);
  return true;
}

const WAY_TO_FREE = /terraform force-unlock|aws dynamodb delete-item|aws s3 rm|aws s3api delete-object/;

/** What a fault entitles a step to. */
export interface Claims {
  /** A retry gets past it. */
  readonly isPassing: boolean;
  /** The step can't know that all is well. */
  readonly mayEndRed: boolean;
  /** A step that should free its lock can do so. */
  readonly mustFree: boolean;
}

/** Every invariant that a step broke. */
export function violations(
  testbed: Testbed,
  prepared: Prepared,
  end: StepEnd,
  after: Aftermath,
  { isPassing, mayEndRed, mustFree }: Claims,
): string[] {
  const { endsRed = false, step, declines = () => false, deadJob } = prepared;
  const { isRed, log } = end;
  const { missing, ownLocks, deadLocks } = after;
  const areNamed = (locks: readonly string[]) =>
    locks.every((lock) => log.includes(idIn(lock))) && WAY_TO_FREE.test(log);
  // A main that failed earlier can't report a digest that another job left stale.
  const inherits = step.entry === 'main' && deadJob !== undefined;
  const mayHold =
    step.entry === 'unlock' || step.entry === 'checkpointer' || (step.entry === 'main' && !isRed);
  const broken: [boolean, string][] = [
    [after.made === undefined, "the job's state is lost"],
    [
      after.made === 'kept, not named' && step.entry === 'post',
      "the log does not say where the job's state is",
    ],
    [after.strangers.length > 0, `there is a lock without a known holder: ${after.strangers.join()}`],
    [!after.foreignLockStands, "somebody else's lock is gone"],
    [
      ownLocks.length > 0 && !mayHold && !areNamed(ownLocks),
      'the lock is held, and the log does not say how to free it',
    ],
    [
      end.outputs.reason_code === 'lock_held' && !areNamed(deadLocks),
      'a dead job holds the lock, and the log does not say how to free it',
    ],
    [ownLocks.length > 0 && !mayHold && mustFree, 'the lock is held, although it could be freed'],
    [
      step.entry !== 'checkpointer' &&
        !inherits &&
        digestIsWrong(testbed, after) &&
        !log.includes(md5(after.object ?? '')),
      'the digest is wrong, and the log does not say so',
    ],
    [!isRed && endsRed, 'succeeds, although it should fail'],
    [!isRed && missing !== undefined && !declines(end), `succeeds, although ${missing}`],
    [isRed && !endsRed && !mayEndRed && missing === undefined, 'fails, although all is well'],
    [isPassing && isRed && !endsRed, 'fails, although a retry gets past it'],
    [isPassing && missing !== undefined, `a retry gets past it, and yet ${missing}`],
  ];
  return broken.filter(([is]) => is).map(([, what]) => what);
}

function digestIsWrong({ settings }: Testbed, { object, digest }: Aftermath): boolean {
  return settings.table && object !== undefined && digest !== undefined && digest !== md5(object);
}

function idIn(lock: string): string {
  return /"ID":"([^"]+)"/.exec(lock)?.[1] ?? lock;
}

/** The outcome in a word or two. */
export function describeOutcome(
  testbed: Testbed,
  { step, endsRed = false }: Prepared,
  { isRed, hasWarned }: StepEnd,
  after: Aftermath,
  wasRetried: boolean,
): string {
  if (step.entry === 'checkpointer' && after.made !== 'pushed') return 'left to post';
  if (!isRed) return greenOutcome(after, hasWarned, wasRetried);
  const isAsDue = endsRed && after.missing === undefined;
  if (isAsDue && step.entry === 'main') return wasRetried ? 'red, retried' : 'red, as due';
  const parts = ['red'];
  if (after.made === 'kept') parts.push('kept');
  if (digestIsWrong(testbed, after)) parts.push('digest named');
  const isLeft = after.deadLocks.length > 0;
  parts.push(after.ownLocks.length > 0 ? 'lock named' : isLeft ? 'still locked' : 'freed');
  return parts.join(', ');
}

function greenOutcome({ missing }: Aftermath, hasWarned: boolean, wasRetried: boolean): string {
  if (missing !== undefined) return 'ok, left';
  if (hasWarned) return 'ok, warned';
  return wasRetried ? 'retried' : 'ok';
}
