import type { CheckpointerEnd } from '../../job-state/checkpoint-record.ts';
import { isDirectory } from '../../workspace-files/disk.ts';

// The longest that GitHub lets a job on a self-hosted runner run.
const LONGEST_MS = 5 * 24 * 60 * 60 * 1000;

/** What a watchdog needs to see. */
export interface WatchdogView {
  /** The runner's worker, whose child main was; undefined where it is out of sight, as from a container. */
  readonly workerPid: number | undefined;
  readonly privateDirectory: string;
  readonly startedAt: number;
  readonly now: () => number;
  readonly isAlive: (pid: number) => boolean;
}

/** Why a checkpointer that nobody ends must end by itself, if so: the job can't be going on any more. */
export async function whyEnd(view: WatchdogView): Promise<CheckpointerEnd | undefined> {
  const { workerPid, privateDirectory, startedAt, now, isAlive } = view;
  if (!(await isDirectory(privateDirectory))) return 'files_gone';
  if (workerPid !== undefined && !isAlive(workerPid)) return 'worker_gone';
  return now() - startedAt >= LONGEST_MS ? 'too_old' : undefined;
}
