import { readdirSync, readFileSync } from 'node:fs';

/** Ids of living processes whose environment holds a job's tracking id (Linux; none elsewhere). */
export function processesWith(trackingId: string): number[] {
  if (process.platform !== 'linux') return [];
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return ids.filter((id) => readEnvironment(id).includes(`RUNNER_TRACKING_ID=${trackingId}`)).map(Number);
}

/** Empty for a process that has ended or is not ours to look at. */
function readEnvironment(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return '';
  }
}

/** Ends a process by id; one that has gone by itself is no error. */
export function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    const gone = error instanceof Error && 'code' in error && error.code === 'ESRCH';
    if (!gone) throw error;
  }
}
