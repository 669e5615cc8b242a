import { basename, dirname, join } from 'node:path';
import { findStatePath, jobTerraforms } from '../../job-processes/job-terraforms.ts';
import { waitForOthers } from '../../job-processes/running-terraforms.ts';
import { stopTerraforms } from '../../job-processes/stop-terraforms.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import type { Session } from '../../job-state/saved-state.ts';
import { cutOffText, markedLine } from '../../messages/terraform-text.ts';
import type { RunningTerraform } from '../../runner/running-terraform.ts';
import { entryAt } from '../../workspace-files/disk.ts';

/**
 * Stops this job's Terraform processes that still work on its state, because nothing may write any more when the state
 * is pushed or kept, and its lock released. Warns when the state is taken in the middle of their work. Returns those
 * that could not be stopped: while they run, the lock and the files must stay. `firstLook`: at this job's processes.
 */
export async function letTerraformEnd(
  deps: Pick<Dependencies, 'env' | 'runner' | 'clock' | 'signal' | 'machine' | 'processes'>,
  session: Session,
  firstLook: Promise<readonly RunningTerraform[] | undefined>,
): Promise<readonly RunningTerraform[]> {
  let first: typeof firstLook | undefined = firstLook;
  const look = () => {
    const found = first ?? jobTerraforms(deps, session);
    first = undefined;
    return found;
  };
  const { left, isForced } = await stopTerraforms(deps, look);
  if (!session.pull) return left ?? [];
  const mark = await findMark(session);
  if (mark === undefined) return left ?? [];
  const isMarked = async (): Promise<boolean> => (await entryAt(mark)).kind === 'file';
  if (left === undefined) {
    await waitBlindly(deps, session, mark, isMarked);
    return [];
  }
  if (left.length === 0 && (isForced || (await isMarked()))) {
    deps.runner.warning(cutOffText('killed'));
  }
  return left;
}

/** Terraform at work on the local state has a file beside it, and leaves that when it is killed. */
async function findMark(session: Session): Promise<string | undefined> {
  const path = findStatePath(session);
  return path && join(dirname(path), `.${basename(path)}.lock.info`);
}

/** If processes can't be seen, the mark is the only evidence. */
async function waitBlindly(
  deps: Pick<Dependencies, 'env' | 'runner' | 'clock' | 'signal' | 'machine'>,
  { backend }: Session,
  mark: string,
  isMarked: () => Promise<boolean>,
): Promise<void> {
  if (!(await isMarked())) return;
  deps.runner.info(markedLine(mark));
  const { isThere } = await waitForOthers(deps, backend.address, isMarked);
  if (isThere) {
    deps.runner.warning(cutOffText('maybe_working'));
  }
}
