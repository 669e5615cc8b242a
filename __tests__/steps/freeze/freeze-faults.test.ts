import { expect, inject, it } from 'vitest';
import { type FaultAtCall, sweepCalls } from '../../support/fault-at-call.ts';
import type { StepEnd } from '../../support/in-process-step.ts';
import { type FreezeBench, openFreezeBench, STORES } from './support.ts';

const motoUrl = inject('motoUrl') ?? '';
const KEYS = ['a.tfstate', 'b.tfstate'];
const FREEZE = {
  ...STORES.both,
  keys: KEYS.join('\n'),
  command: 'freeze',
  until: '3d',
  reason: 'release week',
};
const THAW = { ...STORES.both, keys: KEYS.join('\n'), command: 'thaw' };

const EFFECTS: readonly FaultAtCall[] = [
  'reset-after',
  { status: 500, body: '' },
  'cancelled before',
  'cancelled after',
];

/** The states that have a lock in any store. */
async function lockedStates(bench: FreezeBench): Promise<string[]> {
  const locks = await Promise.all(KEYS.map((key) => bench.locks(key)));
  return KEYS.filter((_, i) => locks[i]?.length !== 0);
}

/** Tries each fault at each call until there is no further call. Each run begins with `before`. */
async function forEachFault(
  bench: FreezeBench,
  inputs: Record<string, string>,
  {
    before,
    effects = EFFECTS,
  }: { readonly before: () => Promise<unknown>; readonly effects?: readonly FaultAtCall[] },
  check: (done: StepEnd, what: string) => Promise<void>,
): Promise<number> {
  return await sweepCalls(bench.proxy, effects, async (meetFault, what) => {
    await before();
    await check(await meetFault((signal) => bench.run(inputs, { signal })), what);
  });
}

it.skipIf(motoUrl === '')(
  'a freeze freezes all states or none, or its error names each frozen state, whichever call fails',
  async () => {
    const bench = await openFreezeBench(motoUrl);
    const thaw = () => bench.run(THAW);
    const calls = await forEachFault(bench, FREEZE, { before: thaw }, async ({ error, outputs }, what) => {
      const locked = await lockedStates(bench);
      if (error === undefined) expect(locked, what).toEqual(KEYS);
      else
        for (const key of locked)
          expect(error, what).toMatch(new RegExp(`lock of \\S+/${key} (could not|may be)`));
      expect(outputs.reason_code, what).toBeDefined();
    });
    expect(calls).toBeGreaterThan(8);
  },
);

it.skipIf(motoUrl === '')(
  'a successful thaw leaves no freeze, and a failed one can be repeated, whichever call fails',
  async () => {
    const bench = await openFreezeBench(motoUrl);
    const freeze = async () => {
      await bench.run(THAW);
      await bench.run(FREEZE);
    };
    await forEachFault(bench, THAW, { before: freeze, effects: ['reset-after'] }, async ({ error }, what) => {
      if (error === undefined) expect(await lockedStates(bench), what).toEqual([]);
      else expect((await bench.run(THAW)).error, what).toBeUndefined();
      expect(await lockedStates(bench), what).toEqual([]);
    });
  },
);
