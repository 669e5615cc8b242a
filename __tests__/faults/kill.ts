import { join } from 'node:path';
import { expect } from 'vitest';
import { readSavedState } from '../../src/job-state/saved-state.ts';
import { createStepLog } from '../support/runner-commands.ts';
import { node24 } from '../support/runner-environment.ts';
import { createMasks } from '../support/runner-masks.ts';
import { type ProcessOptions, startProcess } from '../support/runner-process.ts';
import { concludeStage, createStageFiles } from '../support/runner-stage.ts';
import {
  declareDead,
  expectAtRest,
  expectGreen,
  expectNextJobWorks,
  expectSerialsRise,
  freeStaleLock,
  type NextJob,
} from './aftercare.ts';
import type { FaultBench } from './bench.ts';
import { type Call, callName, createCounter } from './calls.ts';
import { type Aftermath, lookAt } from './check-aftermath.ts';
import type { Prepared, Scenario } from './scenario.ts';
import { runStory, type Step } from './story.ts';
import { createTestbed, type Testbed } from './testbed.ts';

/** When the process dies: before its call arrives, or after the server has acted. */
export const KILLS = ['before', 'after'] as const;

const DIST = join(import.meta.dirname, '../../dist');

/**
 * Kills a scenario's step at a call, and its runner with it: no post comes. A following job breaks the lock that it
 * left, and works, and then the dead one's post turns up after all, and harms nothing.
 */
export async function killCell(
  bench: FaultBench,
  scenario: Scenario,
  call: Call,
  when: (typeof KILLS)[number],
): Promise<string> {
  bench.reset();
  await bench.renew();
  const testbed = createTestbed(bench, scenario.settings);
  const prepared = await scenario.prepare(testbed);
  const { step } = prepared;
  bench.reset();
  const log = await killedAt(bench, step, call, when);
  bench.reset();
  const end = { isRed: true, hasWarned: false, log, outputs: {} };
  const after = await lookAt(testbed, prepared, end);
  if (step.entry === 'checkpointer' && !scenario.runnerDies)
    return await withoutCheckpointer(testbed, prepared, after);
  expect(after.made, "the job's state is lost").toBeDefined();
  expect(after.strangers, 'there is a lock without a known holder').toEqual([]);
  expect(after.foreignLockStands, "somebody else's lock is gone").toBe(true);
  if (prepared.foreignLock !== undefined) await testbed.freeLock(prepared.foreignLock);
  declareDead(testbed, step.job);
  const isLeft = after.ownLocks.length + after.deadLocks.length > 0;
  if (isLeft && step.entry === 'unlock') await freeStaleLock(testbed);
  const next = await expectNextJobWorks(testbed);
  expect(next.hasBroken, 'whether the following job broke a lock').toBe(isLeft && step.entry !== 'unlock');
  if (next.hasBroken) expect(next.repaired, 'who repaired the digest').not.toBe('by hand');
  await expectNoHarmByPost(prepared, after, testbed);
  await expectSerialsRise(testbed);
  return nameEnd(isLeft, next);
}

function nameEnd(isLeft: boolean, { hasBroken, repaired }: NextJob): string {
  const lock = hasBroken ? 'broken' : isLeft ? 'unlocked' : 'free';
  return repaired === undefined ? lock : `${lock}, digest repaired ${repaired}`;
}

/** The checkpointer's crash never harms the job, and post reports it. */
async function withoutCheckpointer(
  testbed: Testbed,
  { step, made }: Prepared,
  after: Aftermath,
): Promise<string> {
  const post = await runStory(testbed.bench, { ...step, entry: 'post', inputs: {} });
  expectGreen(post, 'the post step after it');
  expect(post.log).toContain('ended early');
  await expectAtRest(testbed, made);
  await expectNextJobWorks(testbed);
  await expectSerialsRise(testbed);
  return after.made === 'pushed' ? 'pushed, told' : 'left to post, told';
}

/** Runs the packaged step until the call, and kills it there. Returns its log; what it saved is the job's. */
async function killedAt(
  bench: FaultBench,
  step: Step,
  call: Call,
  when: 'before' | 'after',
): Promise<string> {
  const { entry, job } = step;
  const reached = stopAt(bench, step, call, when);
  const files = await createStageFiles(job.folders.temp);
  const masks = createMasks();
  const log = createStepLog(masks, false);
  const { end, ...process } = startProcess(node24(), [join(DIST, `${entry}.js`), ...makeArguments(step)], {
    cwd: job.folders.workspace,
    ...readEnvironment(step, files),
    onLine: log.write,
  });
  await Promise.race([reached, end]);
  process.signal('SIGKILL');
  const how = await end;
  // A request that left just before may still be on its way to the server.
  await bench.proxy.deserted();
  expect(how.signal, `it ended before the call:\n${log.lines.join('\n')}`).toBe('SIGKILL');
  const result = concludeStage({
    process,
    end: how,
    log,
    masks,
    files,
    isScript: false,
    windowsLineEnds: false,
  });
  Object.assign(job.saved, result.state);
  return result.log;
}

/** A checkpointer gets over a pipe what other steps get in their environment. */
function readEnvironment(
  { entry, job, inputs }: Step,
  files: Record<string, string>,
): Pick<ProcessOptions, 'env' | 'input'> {
  const env = job.environment(entry, inputs);
  if (entry !== 'checkpointer') return { env: { ...env, ...files } };
  const { PATH = '', RUNNER_TRACKING_ID = '' } = env;
  return { env: { PATH, RUNNER_TRACKING_ID }, input: JSON.stringify(env) };
}

/** The checkpointer's, as main gives them; there is no worker to watch. */
function makeArguments({ entry, job }: Step): string[] {
  if (entry !== 'checkpointer') return [];
  return [readSavedState(job.environment('post'))?.session.privateDirectory ?? '', ''];
}

/** Resolves when the call has arrived; from then on it is held. */
function stopAt(bench: FaultBench, step: Step, call: Call, when: 'before' | 'after'): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const count = createCounter();
  const held = new WeakSet();
  for (const proxy of [bench.proxy, bench.githubProxy]) {
    proxy.onRequest(async (record) => {
      const name = callName(record);
      if (count(name) !== call.number || name !== call.name) return (await step.weather?.(record)) ?? 'pass';
      if (when === 'after') {
        held.add(record);
        return (await step.weather?.(record)) ?? 'pass';
      }
      resolve();
      return 'hang';
    });
    proxy.afterResponse((record) => {
      if (!held.has(record)) return;
      resolve();
      return new Promise(() => {});
    });
  }
  return promise;
}

/** A runner that was only presumed dead: its push comes too late, and its state is kept. */
async function expectNoHarmByPost(
  { step, made }: Prepared,
  { made: before }: Aftermath,
  testbed: Testbed,
): Promise<void> {
  if (step.entry === 'unlock') return;
  const { object: text } = await testbed.facts();
  const post = await runStory(testbed.bench, { ...step, entry: 'post', inputs: {} });
  await expectAtRest(testbed, text);
  if (made === undefined || before === 'pushed') return;
  expect(post.isRed, 'a push that came too late succeeds').toBe(true);
  const rescued = await testbed.rescued();
  expect(rescued.map((copy) => copy.text)).toContain(made);
  // The next job has also copied what was on the machine, and logged that.
  const own = rescued.filter(({ key }) => !key.includes('.rescue/left-'));
  for (const { key } of own) expect(post.log).toContain(key);
}
