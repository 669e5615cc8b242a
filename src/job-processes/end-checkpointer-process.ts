import { readRecord } from '../job-state/checkpoint-record.ts';
import type { Dependencies } from '../job-state/dependencies.ts';

// Within the 3 s that an interrupted post may go on.
const PATIENCE_MS = 3_000;
// It ends in a few ms: the lock is held for as long as post waits.
const LOOK_EVERY_MS = 5;

/** Ends the checkpointer, kindly and then by force, and waits for its end. False: it was gone already. */
export async function endCheckpointerProcess(
  deps: Pick<Dependencies, 'clock' | 'signal' | 'processes'>,
  pid: number,
  privateDirectory: string,
): Promise<boolean> {
  const { processes, clock, signal } = deps;
  const isThere = (): Promise<boolean> => isCheckpointer(deps, pid, privateDirectory);
  if (!(await isThere())) return false;
  processes.signal(pid, 'SIGTERM');
  const until = clock.monotonic() + PATIENCE_MS;
  while (await isThere()) {
    if (signal.aborted || clock.monotonic() >= until) {
      processes.signal(pid, 'SIGKILL');
      return true;
    }
    await clock.sleep(LOOK_EVERY_MS, signal).catch(() => {});
  }
  return true;
}

/**
 * An id is used again: only a process that was started with our directory's name is the checkpointer. Where nobody can read how
 * it was started, the checkpointer's own record counts, which says that this process began it and does not say that it ended: a
 * checkpointer that is overlooked would go on writing beside post.
 */
async function isCheckpointer(
  { processes }: Pick<Dependencies, 'processes'>,
  pid: number,
  privateDirectory: string,
): Promise<boolean> {
  if (!processes.isAlive(pid)) return false;
  const command = await processes.commandLine(pid);
  if (command.kind === 'read') return command.text.includes(privateDirectory);
  if (command.kind === 'gone') return false;
  const record = readRecord(privateDirectory);
  return record?.pid === pid && record.end === undefined;
}
