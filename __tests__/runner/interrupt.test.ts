import { afterEach, describe, expect, it, vi } from 'vitest';
import { endOfWork } from '../../src/runner/interrupt.ts';

describe("the end of post's work", () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  /** Its limits, and how to send it a signal without one to this process. */
  function begin() {
    vi.useFakeTimers();
    const handlers = new Map<unknown, (name: NodeJS.Signals) => void>();
    vi.spyOn(process, 'once').mockImplementation((name: unknown, handler: (name: NodeJS.Signals) => void) => {
      handlers.set(name, handler);
      return process;
    });
    const work = endOfWork({ graceMs: 3_000, totalMs: 180_000 });
    return { ...work, interrupt: () => handlers.get('SIGINT')?.('SIGINT') };
  }

  it('interrupted: the push, the rescue copy and the release fit one after the other into 10 s', () => {
    const { signal, cleanupSignal, interrupt } = begin();
    interrupt();
    vi.advanceTimersByTime(3_000);
    expect(signal.aborted).toBe(true);
    const rescue = cleanupSignal('rescue');
    vi.advanceTimersByTime(3_000);
    expect(rescue.aborted).toBe(true);
    const release = cleanupSignal('release');
    vi.advanceTimersByTime(3_500);
    expect(release.aborted).toBe(true);
  });

  it('interrupted after its deadline, while a rescue copy hangs: the release still comes within 10 s', () => {
    const { cleanupSignal, interrupt } = begin();
    vi.advanceTimersByTime(180_000);
    const rescue = cleanupSignal('rescue');
    vi.advanceTimersByTime(500);
    interrupt();
    vi.advanceTimersByTime(3_000);
    expect(rescue.aborted).toBe(true);
    const release = cleanupSignal('release');
    vi.advanceTimersByTime(3_500);
    expect(release.aborted).toBe(true);
  });

  it('out of time: the rescue copy and the release, each in full, end before the runner kills every post', () => {
    const RUNNER_KILLS_AFTER_MS = 285_000;
    const { signal, cleanupSignal } = begin();
    const elapsedAt = (aborted: () => boolean): number => {
      while (!aborted()) vi.advanceTimersByTime(1_000);
      return Date.now() - startedAt;
    };
    const startedAt = Date.now();
    expect(elapsedAt(() => signal.aborted)).toBe(180_000);
    const rescue = cleanupSignal('rescue');
    expect(elapsedAt(() => rescue.aborted)).toBe(220_000);
    const release = cleanupSignal('release');
    expect(elapsedAt(() => release.aborted)).toBe(280_000);
    expect(Date.now() - startedAt).toBeLessThan(RUNNER_KILLS_AFTER_MS);
  });
});
