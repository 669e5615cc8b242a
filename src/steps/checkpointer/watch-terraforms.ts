import { jobTerraforms } from '../../job-processes/job-terraforms.ts';
import { keepWatch } from '../../job-processes/keep-watch.ts';
import { noteSighting } from '../../job-processes/stop-terraforms.ts';
import { watchdog } from '../../job-processes/watchdog.ts';
import { type CheckpointerEnd, keepRecord, type Sighting } from '../../job-state/checkpoint-record.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import type { Session } from '../../job-state/saved-state.ts';

const LOOK_EVERY_MS = 1_000;

/**
 * The process beside a job with `lock: guard`: records when each of the job's Terraform processes runs, and in which
 * workspace. From this, post knows where to look for locks, and recognizes them on a machine whose name proves nothing.
 * Ends when post asks it to, or with the runner's worker.
 */
export async function watchTerraforms(
  deps: Pick<Dependencies, 'env' | 'clock' | 'signal' | 'machine' | 'processes'>,
  session: Session,
  workerPid: number | undefined,
): Promise<void> {
  const { clock, processes } = deps;
  const record = keepRecord(session.privateDirectory, process.pid);
  const seen = new Map<string, Sighting>();
  const look = async (): Promise<undefined> => {
    const running = (await jobTerraforms(deps, session)) ?? [];
    for (const one of running) await noteSighting(seen, one, clock.now());
    if (running.length > 0) record.update({ sightings: [...seen.values()] });
  };
  const whyEnd = watchdog({
    workerPid,
    privateDirectory: session.privateDirectory,
    startedAt: session.startedAt,
    now: clock.now,
    isAlive: processes.isAlive,
    isTerraformAlive: async () => false,
  });
  const rounds = [look, whyEnd].map((work) => ({ everyMs: LOOK_EVERY_MS, work }));
  const end: CheckpointerEnd = (await keepWatch<CheckpointerEnd>(clock, deps.signal, rounds)) ?? 'asked';
  if (end !== 'files_gone') record.update({ end });
}
