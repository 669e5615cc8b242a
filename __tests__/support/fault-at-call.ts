import { Interrupted } from '../../src/runner/interrupt.ts';
import type { FaultProxy, RequestRecord, WaitDecision } from './proxy.ts';

/**
 * What one call meets. A cancel while its request is on the way has two ends, and each is forced: the server never sees the request,
 * or has carried it out. Otherwise it could carry it out after the step's clean-up.
 */
export type FaultAtCall = WaitDecision | 'cancelled before' | 'cancelled after';

/** Runs the work in which one call meets the fault of a row. */
export type MeetFault = <Result>(work: (signal: AbortSignal) => Promise<Result>) => Promise<Result>;

/**
 * Makes a row for each fault at each call of some work, until a row's work makes no further call. That row, the last one, meets no fault.
 * A read has one row for faults that only a write could tell from each other. Returns the number of calls.
 */
export async function sweepCalls(
  proxy: FaultProxy,
  faults: readonly FaultAtCall[],
  makeRow: (meetFault: MeetFault, what: string) => Promise<void>,
): Promise<number> {
  for (let call = 1; ; call += 1) {
    const sortsTried = new Set<string>();
    for (const fault of faults.filter((one) => !sortsTried.has(sortAtRead(one)))) {
      const { calls, met } = await runRow(proxy, call, fault, makeRow);
      if (met === undefined) return calls;
      if (READ.test(met.operation)) sortsTried.add(sortAtRead(fault));
    }
  }
}

interface Calls {
  /** How many there were. */
  readonly calls: number;
  /** The one that met the fault. */
  readonly met: RequestRecord | undefined;
}

async function runRow(
  proxy: FaultProxy,
  call: number,
  fault: FaultAtCall,
  makeRow: (meetFault: MeetFault, what: string) => Promise<void>,
): Promise<Calls> {
  let row: Calls | undefined;
  const meetFault: MeetFault = async (work) => {
    const { result, ...calls } = await withFaultAt(proxy, call, fault, work);
    row = calls;
    return result;
  };
  await makeRow(meetFault, `call ${call}: ${JSON.stringify(fault)}`);
  if (row === undefined) throw new Error('the row ran no work that meets its fault');
  return row;
}

/** The server changes nothing by it, so whether it acts before the fault makes no difference. */
const READ = /^(?:Get|Head|List|BatchGet|Scan|AssumeRole)/;

/** Names the faults alike that are the same for a read. */
function sortAtRead(fault: FaultAtCall): string {
  if (fault === 'cancelled before' || fault === 'cancelled after') return 'cancelled';
  const isServerError = typeof fault === 'object' && 'status' in fault && fault.status >= 500;
  return isServerError || fault === 'reset-before' || fault === 'reset-after'
    ? 'retried'
    : JSON.stringify(fault);
}

/** Runs some work while one of its calls, counted from 1, meets a fault. */
async function withFaultAt<Result>(
  proxy: FaultProxy,
  call: number,
  fault: FaultAtCall,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Calls & { readonly result: Result }> {
  const cancel = new AbortController();
  const interrupt = (): void => cancel.abort(new Interrupted('SIGINT'));
  let calls = 0;
  let met: RequestRecord | undefined;
  proxy.onRequest((record): WaitDecision => {
    calls += 1;
    if (calls !== call) return 'pass';
    met = record;
    if (fault === 'cancelled after') return 'pass';
    if (fault !== 'cancelled before') return fault;
    interrupt();
    return 'hang';
  });
  proxy.afterResponse((record) => {
    if (record === met && fault === 'cancelled after') interrupt();
  });
  const result = await work(cancel.signal);
  proxy.onRequest(() => 'pass');
  proxy.afterResponse(() => {});
  return { result, calls, met };
}
