import { AwsError, mayHaveActed } from '../aws/errors.ts';

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

/** Whether a write that failed may be there all the same. Pure. */
function mayHaveWritten(error: unknown): boolean {
  if (!(error instanceof AwsError) || mayHaveActed(error)) return true;
  const { kind, status } = error.failure;
  if (kind === 'aborted') return true;
  // Nobody knows what an answer means that is neither a success nor a refusal.
  return kind === 'other' && (status === undefined || status < 300);
}
