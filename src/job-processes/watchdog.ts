import type { CheckpointerEnd } from '../job-state/checkpoint-record.ts';
import { isDirectory } from '../workspace-files/disk.ts';

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
  /** Whether a Terraform of this job runs; false where that can't be seen. */
  readonly isTerraformAlive: () => Promise<boolean>;
}

/**
 * Looks, at steady intervals, whether a checkpointer that nobody ends must end by itself, and why: the job can't be going on any
 * more. A Terraform outlives the runner's worker, and so does the checkpointer that pushes what it writes and keeps its lock: to
 * its end, and for one look more, since a script may run several.
 */
export function watchdog(view: WatchdogView): () => Promise<CheckpointerEnd | undefined> {
  const { workerPid, privateDirectory, startedAt, now, isAlive, isTerraformAlive } = view;
  let wasAlive = false;
  return async () => {
    if (!(await isDirectory(privateDirectory))) return 'files_gone';
    if (workerPid !== undefined && !isAlive(workerPid)) {
      const isStill = await isTerraformAlive();
      if (!isStill && !wasAlive) return 'worker_gone';
      wasAlive = isStill;
    }
    return now() - startedAt >= LONGEST_MS ? 'too_old' : undefined;
  };
}
