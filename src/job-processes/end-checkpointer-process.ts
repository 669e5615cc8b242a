import { readRecord } from '../job-state/checkpoint-record.ts';
import type { Dependencies } from '../job-state/dependencies.ts';

// Within the 3 s that the runner leaves an interrupted post.
const PATIENCE_MS = 3_000;
// The checkpointer ends within a few ms, and the lock is held for as long as post waits.
const LOOK_EVERY_MS = 1;

/** Ends the checkpointer, first gently and then by force, and waits for its end. False when it was already gone. */
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
 * Process ids are reused: a process is the checkpointer only if it was started with our directory's name. If that can't
 * be read, the checkpointer's own record decides: it must name this process and no end. An overlooked checkpointer
 * would keep writing beside post.
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
