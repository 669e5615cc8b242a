import type { Dependencies } from '../job-state/dependencies.ts';
import type { Session } from '../job-state/saved-state.ts';
import type { RunningTerraform } from '../runner/running-terraform.ts';
import { findStateDirectory } from '../workspace-files/claim-state-directory.ts';
import { statePathFor } from '../workspace-files/state-directory.ts';
import { isOfJob, mayLock, type StatesInBucket } from './running-terraforms.ts';

/** What finding the job's Terraform processes needs. */
export type Watcher = Pick<Dependencies, 'env' | 'machine'>;

// Where a hold keeps the state that its job works on.
const HELD_STATE = /[\\/]terraform-s3-state[-\\/]/;

/**
 * This job's Terraform processes that work on its state, or may do so: every one that has the pulled file open, whoever
 * runs it, and every one with the runner's id of this job in its environment. Excluded are those that are seen to work
 * on another hold's state or, if the state stays in S3, on another state there. Undefined when the processes can't be
 * seen.
 */
export async function jobTerraforms(
  { env, machine }: Watcher,
  session: Session,
): Promise<readonly RunningTerraform[] | undefined> {
  const { pull } = session;
  const states = listSessionStates(session);
  const all = await machine.terraforms(pull ? findStatePath(session) : undefined);
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

/** The states of this job, according to the session. Those below a prefix are unknown beforehand. */
function listSessionStates({ backend: { address }, guardedStates }: Session): StatesInBucket {
  const { bucket, objectKey } = address;
  if (guardedStates === undefined) return { bucket, objectKeys: [objectKey] };
  const { objectKeys, prefixes } = guardedStates;
  return { bucket, objectKeys: prefixes.length > 0 ? undefined : objectKeys };
}

/**
 * The path of the state that this job works on, which a successor may have moved; undefined when the files are gone,
 * because anything there would be another job's. The folder may contain no state.
 */
export function findStatePath({ stateDirectory, privateDirectory, backend }: Session): string | undefined {
  const directory = findStateDirectory(stateDirectory, privateDirectory);
  return directory === undefined ? undefined : statePathFor(directory, backend.address.workspace);
}
