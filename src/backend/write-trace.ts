import { mayHaveWritten } from '../aws/in-doubt.ts';

/** Whether a lock, or a ticket of its queue, in one store may be ours, according to the writes sent there. */
export interface WriteTrace {
  mayBeOurs: boolean;
}

/** Sends a write that takes the lock or the place in its queue. A refusal that proves that nothing was written leaves no doubt. */
export async function traceWrite<T>(trace: WriteTrace, write: () => Promise<T>): Promise<T> {
  const before = trace.mayBeOurs;
  trace.mayBeOurs = true;
  try {
    return await write();
  } catch (error) {
    trace.mayBeOurs = before || mayHaveWritten(error);
    throw error;
  }
}
