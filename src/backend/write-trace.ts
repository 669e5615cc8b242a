import { mayHaveWritten } from '../aws/in-doubt.ts';

/** Whether a lock may be ours in one place, by the writes that went there. */
export interface WriteTrace {
  mayBeOurs: boolean;
}

/** Makes a write that takes the lock, if it works; a refusal that proves that nothing was written leaves no doubt. */
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
