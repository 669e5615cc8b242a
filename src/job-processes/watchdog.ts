import type { CheckpointerEnd } from '../job-state/checkpoint-record.ts';
import { isDirectory } from '../workspace-files/disk.ts';

// The longest time that GitHub allows a job on a self-hosted runner.
const LONGEST_MS = 5 * 24 * 60 * 60 * 1000;

/** What a watchdog observes. */
export interface WatchdogView {
  /** The runner's worker, which started main; undefined when it can't be seen, as from a container. */
  readonly workerPid: number | undefined;
  readonly privateDirectory: string;
  readonly startedAt: number;
  readonly now: () => number;
  readonly isAlive: (pid: number) => boolean;
  /** Whether this job's Terraform runs; false when that can't be seen. */
  readonly isTerraformAlive: () => Promise<boolean>;
}

/**
 * Checks, at fixed intervals, whether a checkpointer that nobody stops must end because its job can't be running any
 * more, and why. Terraform outlives the runner's worker. So does the checkpointer, which pushes what Terraform writes
 * and keeps its lock: until Terraform ends, and for one more check, because a script may run several.
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
