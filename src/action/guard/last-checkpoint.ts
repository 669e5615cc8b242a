import { storeRescueCopy } from '../../backend/rescue.ts';
import { readJob } from '../../runner/job.ts';
import { provenanceOf } from '../release/push-for-job.ts';
import { explain } from '../words/explain.ts';
import { baseOf, type Guard, type WatchedState } from './guard.ts';
import { pushCheckpoint } from './push-checkpoint.ts';
import { takeSnapshot } from './snapshot.ts';

const TRIES = 5;
const PAUSE_MS = 1_000;

/**
 * The job ended without its post step, so nobody comes after: pushes what it left or, where that can't be, keeps it
 * beside the state. Throws nothing.
 */
export async function makeLastCheckpoint(guard: Guard, job: WatchedState): Promise<void> {
  const { deps } = guard;
  try {
    for (let tries = 0; tries < TRIES && (await isUnfinished(guard, job)); tries += 1) {
      await deps.clock.sleep(PAUSE_MS, deps.signal);
    }
    await keepWhatIsLeft(guard, job);
  } catch (error) {
    deps.runner.warning(`The last state could not be kept. ${explain(error, deps.clock.now())}`);
  }
}

/** Whether another try may do better. */
async function isUnfinished(guard: Guard, job: WatchedState): Promise<boolean> {
  try {
    return (await pushCheckpoint(guard, job)) === 'retry';
  } catch (error) {
    guard.deps.runner.warning(explain(error, guard.deps.clock.now()));
    return true;
  }
}

async function keepWhatIsLeft(guard: Guard, job: WatchedState): Promise<void> {
  const { deps, backend, session } = guard;
  const snapshot = await takeSnapshot(job.file, job.copyPath, undefined);
  if (snapshot === undefined || snapshot.facts.md5 === baseOf(guard, job).state?.md5) return;
  const run = readJob(deps.env);
  const copy = { path: job.copyPath, facts: snapshot.facts };
  const provenance = provenanceOf(run, session, copy);
  const name = `${run.runId || 'local'}-${run.runAttempt}`;
  const key = await storeRescueCopy(backend, { ...copy, provenance, name });
  deps.runner.info(`Kept the job's state as s3://${backend.address.bucket}/${key}.`);
}
