import { describe, expect, it } from 'vitest';
import { callInTime, finishInTime } from '../../src/connection/finish-in-time.ts';

/** A job, and the purposes for which it got time after its interrupt. */
function job() {
  const interrupt = new AbortController();
  const granted: string[] = [];
  const cleanupSignal = (purpose: string): AbortSignal => {
    granted.push(purpose);
    return new AbortController().signal;
  };
  const aws = { continueUnder: () => {} };
  return { deps: { signal: interrupt.signal, cleanupSignal }, backend: { aws }, granted, interrupt };
}

describe('work that must be done even after an interrupt', () => {
  it('is done once if no interrupt cuts it off, whether or not it succeeds', async () => {
    const { deps, backend, granted } = job();
    let calls = 0;
    const call = () => Promise.reject(new Error(`failed ${++calls}`));
    await expect(callInTime(deps, backend, 'release', call)).rejects.toThrow('failed 1');
    expect(granted).toEqual([]);
  });

  it('is repeated within the time for its purpose if an interrupt cuts it off', async () => {
    const { deps, backend, granted, interrupt } = job();
    let calls = 0;
    const call = async () => {
      calls += 1;
      if (calls > 1) return 'freed';
      interrupt.abort();
      throw new Error('cut off');
    };
    expect(await callInTime(deps, backend, 'release', call)).toBe('freed');
    expect(granted).toEqual(['release']);
  });

  it('is done once if the interrupt came before it', async () => {
    const { deps, backend, granted, interrupt } = job();
    interrupt.abort();
    await expect(
      callInTime(deps, backend, 'rescue', () => Promise.reject(new Error('failed'))),
    ).rejects.toThrow('failed');
    expect(granted).toEqual(['rescue']);
  });

  it('passes the result of the first try to the second, and does not repeat a success', async () => {
    const { deps, backend, interrupt } = job();
    const attempt = async (before: string | undefined) => {
      interrupt.abort();
      return `${before ?? ''}x`;
    };
    expect(await finishInTime(deps, backend, 'release', { attempt, hasFailed: () => true })).toBe('xx');
    expect(await finishInTime(job().deps, backend, 'release', { attempt, hasFailed: () => false })).toBe('x');
  });
});
