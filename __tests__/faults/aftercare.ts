import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect } from 'vitest';
import { appliedState } from '../packaged/states.ts';
import { md5 } from '../packaged/support.ts';
import { endedJob } from '../support/github-api.ts';
import { type Aftermath, findLockId } from './check-aftermath.ts';
import { createFaultJob, type FaultJob, findRun, type StepEnd } from './fake-job.ts';
import type { Prepared } from './scenario.ts';
import { runStory } from './story.ts';
import type { Testbed } from './testbed.ts';

const AN_HOUR = 3_600_000;
/** Makes as few calls as possible. */
const PLAIN = { role_arn: '', skip_credentials_validation: 'true' };
/** How a job gets a lock whose holder is dead; it leaves one whose holder may live. */
const BREAK = { stale_lock: 'break' };
/** Above every serial of a scenario. */
const NEXT_SERIAL = 20;

/** What the runner and people do after a step, guided only by its log; all of it must work. */
export async function goOn(
  testbed: Testbed,
  prepared: Prepared,
  end: StepEnd,
  { ownLocks, missing }: Aftermath,
): Promise<void> {
  const { bench } = testbed;
  const { step } = prepared;
  if (step.entry === 'main') {
    if (!end.isRed) await writeState(end.outputs.state_path, appliedState({ serial: 12 }));
    const post = await runStory(bench, { ...step, entry: 'post', inputs: {} });
    expectGreen(post, 'the post step after it');
    if (!end.isRed) await expectAtRest(testbed, appliedState({ serial: 12 }));
  } else if (step.entry === 'checkpointer') {
    expectGreen(await runStory(bench, { ...step, entry: 'post', inputs: {} }), 'the post step after it');
    await expectAtRest(testbed, prepared.made);
  } else if (step.entry === 'post') {
    if (ownLocks.length > 0) await freeByUnlock(testbed, { lock_id: findLockId(step.job) ?? '' });
  } else if (missing !== undefined) {
    expectGreen(await runStory(bench, step), 'the same step once more');
  }
  if (prepared.foreignLock !== undefined) await testbed.freeLock(prepared.foreignLock);
}

/** From now on, GitHub reports the job's run as completed. */
export function declareDead({ bench: { github } }: Testbed, job: FaultJob): void {
  github.runs.set(findRun(job), { status: 'completed', jobs: [endedJob(github.now, AN_HOUR)] });
}

/** Frees what a dead job left, on proof that its run has ended. */
export async function freeStaleLock(testbed: Testbed): Promise<void> {
  await freeByUnlock(testbed, { only_if_stale: 'true' });
}

async function freeByUnlock(testbed: Testbed, inputs: Record<string, string>): Promise<void> {
  const job = await createFaultJob(testbed);
  expectGreen(await runStory(testbed.bench, { entry: 'unlock', job, inputs }), 'the unlock action');
  expect((await testbed.facts()).locks).toEqual([]);
}

/** What a following job found. */
export interface NextJob {
  /** Whether it took over an orphaned lock. */
  readonly hasBroken: boolean;
  /** Who repaired a digest that a crash left stale: the job itself, or people following its log. */
  readonly repaired: 'by itself' | 'by hand' | undefined;
}

/** A following job on the same state: it breaks a lock whose holder is dead, holds, changes, pushes and releases. */
export async function expectNextJobWorks(testbed: Testbed): Promise<NextJob> {
  const { bench } = testbed;
  const job = await createFaultJob(testbed);
  const step = { job, inputs: { ...PLAIN, ...BREAK } };
  const text = appliedState({ serial: NEXT_SERIAL });
  let main = await runStory(bench, { ...step, entry: 'main' });
  const { log } = main;
  const calculated = /Calculated checksum: ([0-9a-f]{32})/.exec(log)?.[1];
  if (calculated !== undefined) {
    expect(log).toContain('aws dynamodb put-item');
    await testbed.putDigest(calculated);
    main = await runStory(bench, { ...step, entry: 'main' });
  }
  expectGreen(main, 'the following job');
  await writeState(main.outputs.state_path, text);
  expectGreen(await runStory(bench, { ...step, entry: 'post' }), "the following job's post");
  await expectAtRest(testbed, text);
  const repaired = log.includes('Repaired the digest') ? 'by itself' : calculated && 'by hand';
  return { hasBroken: log.includes('Took over the lock'), repaired: repaired || undefined };
}

/** The lock is free, and this text the state. */
export async function expectAtRest(testbed: Testbed, text: string | undefined): Promise<void> {
  const { object, digest, locks } = await testbed.facts();
  expect(object).toBe(text);
  expect(locks).toEqual([]);
  if (testbed.settings.table && text !== undefined) expect(digest).toBe(md5(text));
}

/** Checks that no version ever replaced a newer one. */
export async function expectSerialsRise(testbed: Testbed): Promise<void> {
  const serials = await testbed.serials();
  const falls = serials.filter((serial, i) => i > 0 && serial <= (serials[i - 1] ?? 0));
  expect(falls, `a state was overwritten: serials ${serials.join(', ')}`).toEqual([]);
}

/** The states with the next serials, as a job's Terraform writes them. */
export async function writeState(path: string | undefined, text: string): Promise<void> {
  if (path === undefined) throw new Error('the main step named no state_path');
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

export function expectGreen({ isRed, log }: StepEnd, what: string): void {
  expect(isRed, `${what} failed:\n${log}`).toBe(false);
}
