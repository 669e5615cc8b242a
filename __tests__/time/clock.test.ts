import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/time/clock.ts';

describe('the real clock', () => {
  it('returns ms since the epoch, and ms that never go back', () => {
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1_000);
    expect(systemClock.monotonic()).toBeLessThanOrEqual(systemClock.monotonic());
  });

  it("ends a sleep immediately with the signal's own reason", async () => {
    const controller = new AbortController();
    const asleep = systemClock.sleep(600_000, controller.signal);
    const reason = new Error('cancelled');
    controller.abort(reason);
    await expect(asleep).rejects.toBe(reason);
    await expect(systemClock.sleep(1, controller.signal)).rejects.toBe(reason);
  });
});
