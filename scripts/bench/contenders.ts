import { contend, describeGaps } from '../../__tests__/model/contenders.ts';
import {
  countOvertaken,
  findHighestRate,
  simulateRush,
  type Wanted,
} from '../../__tests__/model/queue-of-waiters.ts';
import { say, table } from '../demo/print.ts';

const CONTENDERS = 50;
/** The queue is ordered to the second: who comes so soon after somebody comes at the same time. */
const LEAD_MS = 2_000;
/** How busy the lock is: seconds from one job to the next, and for how long each holds it. */
const LOADS = [
  [60, 30],
  [60, 60],
  [25, 30],
  [10, 20],
  [0, 20],
] as const;
/** Of the random numbers, so that two runs of the bench compare. */
const SEED = 7;

/** How long a lock that is released stays free while others wait for it, and how fair the waiting is. */
export async function benchContenders(motoUrl: string): Promise<void> {
  await benchFairness();
  say(`${CONTENDERS} jobs that want the same lock at once`);
  const { gaps, tries, seconds, counter } = await contend(motoUrl, CONTENDERS);
  console.log(`  ${counter} held it, one after the other, in ${seconds.toFixed(0)} s with ${tries} tries.`);
  console.log(`  From release to the next acquire: ${describeGaps(gaps)}.`);
}

/** The waiting itself, in simulated time: in the queue, and as it is where nobody may write a ticket. */
async function benchFairness(): Promise<void> {
  say(`${CONTENDERS} waits in simulated time: hand-overs that a waiter lost to newcomers`);
  const rows = [];
  const cases = LOADS.flatMap((load) => [false, true].map((isDenied) => ({ load, isDenied })));
  for (const { load, isDenied } of cases) {
    const [every, hold] = load;
    const wanted = Array.from(
      { length: CONTENDERS },
      (_, i): Wanted => ({ from: i * every * 1000, holdMs: hold * 1000, isDenied }),
    );
    const { waits } = await simulateRush(wanted, seeded(SEED));
    const lost = countOvertaken(waits, LEAD_MS);
    const longest = Math.max(...waits.map(({ beganAt, gotAt }) => gotAt - beganAt)) / 1000;
    const requests = waits.map((wait) => wait.requests);
    rows.push([
      isDenied ? 'no' : 'yes',
      every === 0 ? 'all at once' : `${every} s`,
      `${hold} s`,
      String(Math.max(...lost)),
      `${lost.filter((count) => count > 3).length} of ${CONTENDERS}`,
      `${longest.toFixed(0)} s`,
      findHighestRate(waits).toFixed(0),
      String(Math.max(...requests)),
      String(requests.reduce((sum, count) => sum + count, 0)),
    ]);
  }
  table([
    [
      'queue',
      'a job every',
      'holds for',
      'most lost',
      'lost over three',
      'longest wait',
      'requests a minute, at most',
      'requests, at most',
      'of all',
    ],
    ...rows,
  ]);
}

/** Numbers between 0 and 1 that are the same in each run (a linear congruential generator). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}
