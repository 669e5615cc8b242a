import type { Job } from '../runner/job.ts';
import type { StateDirectoryOwner } from '../workspace-files/state-directory-owner.ts';
import type { Preparation } from '../workspace-files/working-directory.ts';
import type { Session } from './saved-state.ts';

/**
 * How the job's Terraform is pointed at the pulled state; undefined when nothing is written into the checkout. Pure.
 */
export function toPreparation(session: Session): Preparation | undefined {
  const { workingDirectory, module, privateDirectory, stateDirectory, backend, startedAt } = session;
  if (workingDirectory === undefined || module === undefined) return undefined;
  const { dataDirectory, selectedBefore } = module;
  const { workspace } = backend.address;
  const directories = { workingDirectory, dataDirectory, privateDirectory, stateDirectory };
  return { ...directories, selectedBefore, workspace, startedAt };
}

/**
 * What is recorded about the job in its state directory. `pulledMd5`: undefined before the state is handed over. Pure.
 */
export function directoryOwner(
  { privateDirectory, lock }: Pick<Session, 'privateDirectory' | 'lock'>,
  { runUrl: run }: Pick<Job, 'runUrl'>,
  pulledMd5?: string,
): StateDirectoryOwner {
  return { privateDirectory, isLocked: lock !== undefined, run, lockId: lock?.id ?? '', pulledMd5 };
}
