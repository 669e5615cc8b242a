import { describe, expect, inject, it } from 'vitest';
import { createFakeClock } from '../support/fake-clock.ts';

const never = new AbortController().signal;

describe('fake clock', () => {
  it('stands still until it is advanced', async () => {
    const clock = createFakeClock(1000);
    expect([clock.now(), clock.monotonic()]).toEqual([1000, 0]);
    await clock.advance(250);
    expect([clock.now(), clock.monotonic()]).toEqual([1250, 250]);
  });

  it('wakes sleepers in the order they are due, each seeing its own moment', async () => {
    const clock = createFakeClock(0);
    const seen: string[] = [];
    const note = (name: string) => () => seen.push(`${name}@${clock.now()}`);
    void clock.sleep(300, never).then(note('late'));
    void clock.sleep(100, never).then(note('early'));
    expect(clock.pending()).toEqual([100, 300]);
    await clock.advance(299);
    expect(seen).toEqual(['early@100']);
    await clock.advance(1);
    expect(seen).toEqual(['early@100', 'late@300']);
  });

  it('delivers sleeps that a woken sleeper starts within the same turn', async () => {
    const clock = createFakeClock(0);
    const ticks: number[] = [];
    const tick = async () => {
      for (let i = 0; i < 3; i += 1) {
        await clock.sleep(10, never);
        ticks.push(clock.now());
      }
    };
    const done = tick();
    await clock.advance(30);
    await done;
    expect(ticks).toEqual([10, 20, 30]);
  });

  it('rejects a sleep with the reason of its signal, immediately if already aborted', async () => {
    const clock = createFakeClock(0);
    const controller = new AbortController();
    const sleep = clock.sleep(100, controller.signal);
    controller.abort(new Error('stop'));
    await expect(sleep).rejects.toThrow('stop');
    expect(clock.pending()).toEqual([]);
    await expect(clock.sleep(100, controller.signal)).rejects.toThrow('stop');
  });

  it('advances by itself with autoAdvance and records each sleep', async () => {
    const clock = createFakeClock({ startEpochMs: 0, autoAdvance: true });
    await clock.sleep(5000, never);
    await clock.sleep(20, never);
    expect(clock.slept).toEqual([5000, 20]);
    expect(clock.now()).toBe(5020);
  });
});

describe.skipIf(!inject('motoUrl'))('moto of the test run', () => {
  it('answers', async () => {
    const answer = await fetch(`${inject('motoUrl')}/moto-api/`);
    expect(answer.status).toBe(200);
  });
});
