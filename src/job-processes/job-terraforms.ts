import type { Dependencies } from '../job-state/dependencies.ts';
import type { Session } from '../job-state/saved-state.ts';
import type { RunningTerraform } from '../runner/running-terraform.ts';
import { findStateDirectory } from '../workspace-files/claim-state-directory.ts';
import { statePathFor } from '../workspace-files/state-directory.ts';
import { isOfJob, mayLock, type StatesInBucket } from './running-terraforms.ts';

/** What a look at the job's Terraforms needs of the world. */
export type Watcher = Pick<Dependencies, 'env' | 'machine'>;

// Where a hold keeps the state that its job works on.
const HELD_STATE = /[\\/]terraform-s3-state[-\\/]/;

/**
 * The Terraforms of this job that work on its state, or that may: every one that has the pulled file open, whoever runs
 * it, and every one with the runner's id of this job in its environment, but those that are seen to work on the state of
 * another hold or, where the state is left in S3, on another state there. Undefined where they can't be seen.
 */
export async function jobTerraforms(
  { env, machine }: Watcher,
  session: Session,
): Promise<readonly RunningTerraform[] | undefined> {
  const { pull } = session;
  const states = listSessionStates(session);
  const all = await machine.terraforms(pull ? await findStatePath(session) : undefined);
  if (all === undefined) return undefined;
  const isJobs = await Promise.all(
    all.map(async (one) => {
      if (one.hasStateOpen) return true;
      if (!isOfJob(one, env.RUNNER_TRACKING_ID) || one.openStates.some((path) => HELD_STATE.test(path))) {
        return false;
      }
      return pull || (await mayLock(one, states));
    }),
  );
  return all.filter((_, i) => isJobs[i]);
}

/** The states that are this job's, by the session. Those below a prefix nobody knows beforehand. */
function listSessionStates({ backend: { address }, guardedStates }: Session): StatesInBucket {
  const { bucket, objectKey } = address;
  if (guardedStates === undefined) return { bucket, objectKeys: [objectKey] };
  const { objectKeys, prefixes } = guardedStates;
  return { bucket, objectKeys: prefixes.length > 0 ? undefined : objectKeys };
}

/**
 * Where the state is that this job works on, which a successor may have moved out of its way; undefined where the files are
 * gone, since what lies there then is another job's. Its folder need not hold a state.
 */
export async function findStatePath({
  stateDirectory,
  privateDirectory,
  backend,
}: Session): Promise<string | undefined> {
  const directory = await findStateDirectory(stateDirectory, privateDirectory);
  return directory === undefined ? undefined : statePathFor(directory, backend.address.workspace);
}
