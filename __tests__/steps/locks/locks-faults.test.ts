import { expect, inject, it } from 'vitest';
import { readItem, readObject } from '../../support/aws.ts';
import { type FaultAtCall, sweepCalls } from '../../support/fault-at-call.ts';
import { ended, type LocksBench, makeInfo, openLocksBench } from './support.ts';

const motoUrl = inject('motoUrl') ?? '';
const HOUR = 3_600_000;
const DEAD = makeInfo('a', 1);
const PERSON = makeInfo('b');
const EFFECTS: readonly FaultAtCall[] = [
  { status: 403, body: '<Error><Code>AccessDenied</Code><Message>no</Message></Error>' },
  { status: 500, body: '' },
  'reset-after',
  'cancelled before',
  'cancelled after',
];

/** Which locks of the bench are left: those of a dead run in both stores, and a person's. */
async function leftLocks({ clients, fixture: { bucket, table } }: LocksBench) {
  return {
    item: (await readItem(clients, table, `${bucket}/dead`)) !== undefined,
    file: (await readObject(clients, bucket, 'dead.tflock')) !== undefined,
    person: (await readObject(clients, bucket, 'person.tflock')) !== undefined,
  };
}

it.skipIf(motoUrl === '')(
  'reports each lock truthfully or fails, and frees none but the dead, whichever call fails',
  async () => {
    const bench = await openLocksBench(motoUrl);
    bench.runs.set(1, ended(HOUR));
    await bench.putFileLock('person', PERSON);
    const calls = await sweepCalls(bench.proxy, EFFECTS, async (meetFault, what) => {
      await bench.putItemLock('dead', DEAD);
      await bench.putFileLock('dead', DEAD);
      const { error, outputs, locks } = await meetFault((signal) => bench.run({ free: 'stale' }, { signal }));
      const left = await leftLocks(bench);
      expect(left.person, what).toBe(true);
      // The file protects the state until the item is gone.
      if (left.item) expect(left.file, what).toBe(true);
      expect(outputs.reason_code, what).toBeDefined();
      if (error !== undefined) return;
      expect(left, what).toEqual({ item: false, file: false, person: true });
      expect(
        Object.fromEntries(locks.map(({ key, verdict, freed }) => [key, [verdict, freed]])),
        what,
      ).toEqual({
        dead: ['dead', true],
        person: ['person', null],
      });
    });
    expect(calls).toBeGreaterThan(5);
    // A run after all these finds what they left.
    expect((await bench.run({ free: 'stale' })).error).toBeUndefined();
    expect(await leftLocks(bench)).toEqual({ item: false, file: false, person: true });
  },
);
