import { describe, expect, inject, it } from 'vitest';
import { contend, describeGaps } from './contenders.ts';

/** `npm run bench` has 50. */
const CONTENDERS = 12;
const LIMIT_MS = 300_000;

describe.skipIf(inject('motoUrl') === undefined)(`${CONTENDERS} jobs that want the same lock`, () => {
  it(
    'all get it within their timeout, one after the other, and no change is lost',
    async () => {
      const contest = await contend(inject('motoUrl') ?? '', CONTENDERS);
      expect(contest.failures.map(({ log }) => log)).toEqual([]);
      expect(contest).toMatchObject({ counter: CONTENDERS, serial: CONTENDERS, lock: undefined });
      expect(contest.stored).toEqual(Array.from({ length: CONTENDERS }, (_, i) => i + 1));
      const { gaps, tries, seconds } = contest;
      expect(gaps.length).toBe(CONTENDERS - 1);
      console.log(
        `${CONTENDERS} contenders: ${seconds.toFixed(0)} s and ${tries} tries; from release to next acquire ${describeGaps(gaps)}`,
      );
    },
    LIMIT_MS,
  );
});
