import { describe, expect, it } from 'vitest';
import { keepWatch } from '../../src/job-processes/keep-watch.ts';
import { createFakeClock } from '../support/fake-clock.ts';

describe('the rounds of a watch', () => {
  it('run at their own intervals, the first after one interval, until one returns a reason', async () => {
    const clock = createFakeClock();
    const made: string[] = [];
    const round = (name: string, everyMs: number, end?: () => string | undefined) => ({
      everyMs,
      work: async () => {
        made.push(`${name} at ${clock.monotonic()}`);
        return end?.();
      },
    });
    const isOver = () => (clock.monotonic() >= 40 ? 'over' : undefined);
    const watch = keepWatch(clock, new AbortController().signal, [round('a', 10), round('b', 20, isOver)]);
    await clock.advance(9);
    expect(made).toEqual([]);
    await clock.advance(91);
    expect(await watch).toBe('over');
    expect(made.filter((line) => line.startsWith('b'))).toEqual(['b at 20', 'b at 40']);
    expect(made.filter((line) => line.startsWith('a')).slice(0, 3)).toEqual([
      'a at 10',
      'a at 20',
      'a at 30',
    ]);
  });

  it("don't wait for one another: a hanging one doesn't delay the heartbeat", async () => {
    const clock = createFakeClock();
    const hanging = Promise.withResolvers<undefined>();
    let beats = 0;
    const watch = keepWatch(clock, new AbortController().signal, [
      { everyMs: 10, work: () => hanging.promise },
      { everyMs: 10, work: async () => (++beats === 5 ? 'over' : undefined) },
    ]);
    await clock.advance(100);
    expect(beats).toBe(5);
    hanging.resolve(undefined);
    expect(await watch).toBe('over');
  });

  it('stop when the signal aborts, without a reason', async () => {
    const clock = createFakeClock();
    const asked = new AbortController();
    const watch = keepWatch(clock, asked.signal, [{ everyMs: 10, work: async () => undefined }]);
    await clock.advance(15);
    asked.abort();
    expect(await watch).toBeUndefined();
  });
});
