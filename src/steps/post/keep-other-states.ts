import { join } from 'node:path';
import type { Backend } from '../../backend/settings.ts';
import { storeRescueCopy } from '../../backend/state/rescue.ts';
import { StateError } from '../../backend/state-error.ts';
import { allowCleanup } from '../../connection/connect-backend.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { describeProvenance } from '../../job-state/describe-provenance.ts';
import type { Session } from '../../job-state/saved-state.ts';
import { explain } from '../../messages/explain.ts';
import { rescuedLocations, unrescuedLocation } from '../../messages/kept-state-text.ts';
import { otherWorkspacesText } from '../../messages/override-text.ts';
import { readJob } from '../../runner/job.ts';
import { readStateDirectory } from '../../workspace-files/claim-state-directory.ts';
import { copyState } from '../../workspace-files/copy-state.ts';
import { findOtherStates, findUnheldWorkspaces } from '../../workspace-files/job-state.ts';
import { statePathFor } from '../../workspace-files/state-directory.ts';

/**
 * What the job's Terraform wrote for a workspace other than the held one must not be lost with the local files, so each
 * gets a rescue copy. Returns the StateError `other_workspace` with their locations, or nothing.
 */
export async function keepOtherStates(
  deps: Pick<Dependencies, 'env' | 'runner' | 'clock' | 'signal' | 'cleanupSignal'>,
  backend: Backend,
  session: Session,
): Promise<StateError[]> {
  const { stateDirectory, privateDirectory } = session;
  const paths = await readStateDirectory(stateDirectory, privateDirectory, async (directory) => {
    const { workspace } = backend.address;
    const held = statePathFor(directory, workspace);
    const paths = await findOtherStates(directory, workspace, held);
    const others = await findUnheldWorkspaces(directory, workspace);
    if (others.length > 0 && paths.length === 0) deps.runner.warning(otherWorkspacesText(others, workspace));
    return paths.length === 0 ? [] : await keepEach(deps, backend, session, paths, 'other');
  });
  if (paths === undefined || paths.length === 0) return [];
  return [new StateError({ reason: 'other_workspace', paths }, backend)];
}

/** Makes a rescue copy of each file, under a name with `kind`. Returns their locations in words. Throws nothing. */
export async function keepEach(
  deps: Pick<Dependencies, 'env' | 'clock' | 'signal' | 'cleanupSignal'>,
  backend: Backend,
  session: Session,
  paths: readonly string[],
  kind: 'other' | 'stray' | 'errored',
): Promise<string[]> {
  allowCleanup(deps, backend, 'rescue');
  const keep = (path: string, i: number) => keepOne(deps, backend, session, path, `${kind}-${i + 1}`);
  return await Promise.all(paths.map(keep));
}

async function keepOne(
  deps: Pick<Dependencies, 'env' | 'clock' | 'signal'>,
  backend: Backend,
  session: Session,
  path: string,
  suffix: string,
): Promise<string> {
  const job = readJob(deps.env);
  const name = `${job.runId || 'local'}-${job.runAttempt}-${suffix}`;
  try {
    const copyPath = join(session.privateDirectory, 'post', suffix);
    const local = await copyState(path, copyPath, deps.clock, deps.signal);
    if (local === undefined) return path;
    const { copy, facts } = local;
    const provenance = describeProvenance(job, session, local);
    const key = await storeRescueCopy(backend, { path: copy, facts, provenance, name });
    return rescuedLocations(path, `s3://${backend.address.bucket}/${key}`);
  } catch (error) {
    return unrescuedLocation(path, explain(error, deps.clock.now()));
  }
}
