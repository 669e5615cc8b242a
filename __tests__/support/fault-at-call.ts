import { Interrupted } from '../../src/runner/interrupt.ts';
import type { FaultProxy, RequestRecord, WaitDecision } from './proxy.ts';

/**
 * What one call meets. A cancel while its request is on the way has two ends, and each is forced: the server never sees the request,
 * or has carried it out. Otherwise it could carry it out after the step's clean-up.
 */
export type FaultAtCall = WaitDecision | 'cancelled before' | 'cancelled after';

/** Runs some work while one of its calls, counted from 1, meets a fault. Returns its result, and how many calls it made. */
export async function withFaultAt<Result>(
  proxy: FaultProxy,
  call: number,
  fault: FaultAtCall,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<{ readonly result: Result; readonly calls: number }> {
  const cancel = new AbortController();
  const interrupt = (): void => cancel.abort(new Interrupted('SIGINT'));
  let calls = 0;
  let cancelled: RequestRecord | undefined;
  proxy.onRequest((record): WaitDecision => {
    calls += 1;
    if (calls !== call) return 'pass';
    if (fault === 'cancelled after') {
      cancelled = record;
      return 'pass';
    }
    if (fault !== 'cancelled before') return fault;
    interrupt();
    return 'hang';
  });
  proxy.afterResponse((record) => {
    if (record === cancelled) interrupt();
  });
  const result = await work(cancel.signal);
  proxy.onRequest(() => 'pass');
  proxy.afterResponse(() => {});
  return { result, calls };
}
