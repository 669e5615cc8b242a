import { expect } from 'vitest';
import { expectNextJobWorks, expectSerialsRise, goOn } from './aftercare.ts';
import type { FaultBench } from './bench.ts';
import { type Call, createCounter, listCalls } from './calls.ts';
import { type Claims, describeOutcome, isNewEnd, lookAt, violations } from './check-aftermath.ts';
import type { Effect, Fault, Strength } from './faults.ts';
import type { Prepared, Scenario } from './scenario.ts';
import { runStory } from './story.ts';
import { createTestbed } from './testbed.ts';
import type { Fate } from './wire.ts';

/** A fault that a call meets. */
export interface Target {
  readonly call: Call;
  readonly fault: Fault;
  readonly effect: Effect;
  readonly strength: Strength;
}

/** The calls of a scenario's step without faults, in the order in which they were made. */
export async function discoverCalls(bench: FaultBench, scenario: Scenario): Promise<Call[]> {
  bench.reset();
  const { step } = await scenario.prepare(createTestbed(bench, scenario.settings));
  bench.reset();
  await runStory(bench, step);
  const requests = [...bench.proxy.requests, ...bench.githubProxy.requests];
  requests.sort((a, b) => a.startedAt - b.startedAt);
  const calls = listCalls(requests);
  return calls;
}

/**
 * Runs a scenario with or without a fault, checks every invariant, and lets people and a following job continue
 * from there. Returns the outcome in a word or two.
 */
export async function runCell(
  bench: FaultBench,
  scenario: Scenario,
  calls: readonly Call[],
  target?: Target,
): Promise<string> {
  bench.reset();
  await bench.renew();
  const testbed = createTestbed(bench, scenario.settings);
  const prepared = await scenario.prepare(testbed);
  const { fate, wasMet, wasRetried } = watch(calls, target);
  const end = await runStory(bench, prepared.step, fate);
  bench.reset();
  expect(wasMet(), `the call was never made:\n${end.log}`).toBe(true);
  const after = await lookAt(testbed, prepared, end);
  const broken = violations(testbed, prepared, end, after, makeClaims(target, scenario, prepared));
  expect(broken, `${broken.join('; ')}\n${end.log}`).toEqual([]);
  const outcome = describeOutcome(testbed, prepared, end, after, wasRetried());
  // An outcome that was followed up once needs no follow-up in every equal cell.
  if (!isNewEnd(bench, prepared, end, after)) return outcome;
  await goOn(testbed, prepared, end, after);
  // The cell without faults covers the follow-up of a step that did all its work.
  const isUsualEnd = target !== undefined && !end.isRed && after.missing === undefined;
  if (!isUsualEnd) await expectNextJobWorks(testbed);
  await expectSerialsRise(testbed);
  return outcome;
}

/** The `checkpoint_interval` of these stories, in ms. */
const CHECKPOINTER_ROUND_MS = 20_000;

/** Without a fault, a step must succeed as if the fault were passing. */
function makeClaims(target: Target | undefined, { settings }: Scenario, { step }: Prepared): Claims {
  if (target === undefined) return { isPassing: true, mayEndRed: false, mustFree: true };
  const { call, fault, strength } = target;
  // What a checkpointer doesn't finish by its next beat, it or post does later.
  const isLeftToPost = step.entry === 'checkpointer' && (fault.lastsMs ?? 0) > CHECKPOINTER_ROUND_MS;
  return {
    isPassing: strength === 'once' && !isLeftToPost && fault.isPassing(call, settings),
    mayEndRed: fault.mayEndRed(strength),
    mustFree: strength === 'once' && fault.mustFree,
  };
}

/** Follows and counts the calls of a step, and applies the fault to its target. */
function watch(calls: readonly Call[], target: Target | undefined) {
  const count = createCounter();
  let met = target === undefined;
  let highest = 0;
  let awayUntil = 0;
  const fate: Fate = (name, now) => {
    const number = count(name);
    if (target === undefined) return undefined;
    const { lastsMs } = target.fault;
    if (lastsMs !== undefined && now < awayUntil && !name.startsWith('GitHub')) return target.effect;
    if (name !== target.call.name) return undefined;
    highest = number;
    const isIt = number === target.call.number;
    if (isIt && !met && lastsMs !== undefined) awayUntil = now + lastsMs;
    met ||= isIt;
    return isIt || (target.strength === 'always' && number > target.call.number) ? target.effect : undefined;
  };
  const usual = calls.filter(({ name }) => name === target?.call.name).length;
  return { fate, wasMet: () => met, wasRetried: () => highest > usual };
}
