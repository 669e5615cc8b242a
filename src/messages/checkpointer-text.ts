/** The log's line about what the checkpointer pushed while the job ran. `serial`: of its last checkpoint. */
export function checkpointsLine(checkpoints: number, serial: bigint): string {
  const count = checkpoints === 1 ? '1 checkpoint' : `${checkpoints} checkpoints`;
  return `While the job ran, the checkpointer pushed ${count}, the last with serial ${serial}.`;
}

/** The warning when its last attempt failed; `error` in words. */
export function checkpointFailedText(error: string): string {
  return `The checkpointer's last attempt during the job failed: ${error}`;
}

/** The warning when it ended early; `log`: the last lines that it wrote. */
export function checkpointerCrashedText(log: readonly string[]): string {
  const last = log.length === 0 ? 'It left no log.' : `Its last lines:\n${log.join('\n')}`;
  const what = 'The checkpointer, which makes checkpoints of the state while the job runs, ended early.';
  return `${what} The job's state is safe: this step pushes it. ${last}`;
}

/** The warning when it could not be started; `why` in words. */
export function checkpointerNotStartedText(why: string): string {
  return `The checkpointer could not be started, so this job makes no checkpoints. ${why}`;
}

/** The checkpointer's own line when the object is not the one that it knows. */
export const CHECKPOINTS_ENDED =
  'Somebody else changed the state, so the checkpointer pushes no more checkpoints.';

/** Its last line when the job ended without a post step. */
export function lastStateKeptLine(url: string): string {
  return `Kept the job's state as ${url}.`;
}

/** Its last line when that failed; `why` in words. */
export function lastStateLostText(why: string): string {
  return `The last state could not be kept. ${why}`;
}

/** The log's line for a heartbeat that failed; `why` in words. */
export function heartbeatFailedLine(why: string): string {
  return `A heartbeat failed. ${why}`;
}
