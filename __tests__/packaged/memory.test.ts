import { expect, inject, it } from 'vitest';
import { carryLargeState } from './large-state-job.ts';

const BOUND = 150_000_000;
/** More than fits into it at once. `npm run bench` has 256 MiB. */
const STATE = { bytes: 160 * 1024 * 1024, resources: 20_000 };

const motoUrl = inject('motoUrl') ?? '';
const isLinux = process.platform === 'linux';
if (!isLinux) console.error('\n!!! only Linux tells the peak of memory: its bound is NOT TESTED here\n');

it.skipIf(!isLinux || !motoUrl)(
  'carries a state of 160 MB with at most 150 MB of resident memory, in main and in post',
  { timeout: 120_000 },
  async () => {
    const { stateBytes, main, post, isPushed } = await carryLargeState(motoUrl, STATE);
    expect(stateBytes).toBeGreaterThanOrEqual(STATE.bytes);
    expect(isPushed).toBe(true);
    expect(main.peakBytes).toBeLessThanOrEqual(BOUND);
    expect(post.peakBytes).toBeLessThanOrEqual(BOUND);
  },
);
