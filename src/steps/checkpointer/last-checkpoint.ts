import { storeRescueCopy } from '../../backend/state/rescue.ts';
import { describeProvenance } from '../../job-state/describe-provenance.ts';
import { lastStateKeptLine, lastStateLostText } from '../../messages/checkpointer-text.ts';
import { explain } from '../../messages/explain.ts';
import { readJob } from '../../runner/job.ts';
import { takeSnapshot } from '../../workspace-files/snapshot.ts';
import { type Checkpointer, checkpointBase, type WatchedState } from './checkpointer-context.ts';
import { pushCheckpoint } from './push-checkpoint.ts';

const TRIES = 5;
const PAUSE_MS = 1_000;

/**
 * Runs when the job ended without its post step, so nothing runs afterwards: pushes the job's state or, if that fails,
 * keeps it beside the state object. Throws nothing.
 */
export async function makeLastCheckpoint(checkpointer: Checkpointer, job: WatchedState): Promise<void> {
  const { deps } = checkpointer;
  try {
    for (let tries = 0; tries < TRIES && (await isUnfinished(checkpointer, job)); tries += 1) {
      await deps.clock.sleep(PAUSE_MS, deps.signal);
    }
    await keepWhatIsLeft(checkpointer, job);
  } catch (error) {
    deps.runner.warning(lastStateLostText(explain(error, deps.clock.now())));
  }
}

/** Whether another attempt may succeed. */
async function isUnfinished(checkpointer: Checkpointer, job: WatchedState): Promise<boolean> {
  try {
    return (await pushCheckpoint(checkpointer, job)) === 'retry';
  } catch (error) {
    checkpointer.deps.runner.warning(explain(error, checkpointer.deps.clock.now()));
    return true;
  }
}

async function keepWhatIsLeft(checkpointer: Checkpointer, job: WatchedState): Promise<void> {
  const { deps, backend, session } = checkpointer;
  const snapshot = await takeSnapshot(job.file, job.copyPath, undefined);
  if (snapshot === undefined || isSafe(checkpointer, job, snapshot.facts.md5)) return;
  const run = readJob(deps.env);
  const copy = { path: job.copyPath, facts: snapshot.facts };
  const provenance = describeProvenance(run, session, copy);
  const name = `${run.runId || 'local'}-${run.runAttempt}`;
  const key = await storeRescueCopy(backend, { ...copy, provenance, name });
  deps.runner.info(lastStateKeptLine(`s3://${backend.address.bucket}/${key}`));
}

/** A state is safe if it was pulled from S3, or pushed by a checkpoint that counts. */
function isSafe(checkpointer: Checkpointer, job: WatchedState, md5: string): boolean {
  const { committed } = checkpointer.record.current;
  const isThere = checkpointBase(checkpointer, job).state?.md5 === md5;
  return isThere && (committed === undefined || committed.isConfirmed);
}
