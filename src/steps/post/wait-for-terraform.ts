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
 * Ends the Terraforms of this job that still work on its state, since nothing may be written any more when it is pushed
 * and its lock released. Warns when the state is taken in the midst of their work. Returns those that nobody could end:
 * while they run, the lock has to stay.
 */
export async function letTerraformEnd(
  deps: Pick<Dependencies, 'env' | 'runner' | 'clock' | 'signal' | 'machine' | 'processes'>,
  session: Session,
): Promise<readonly RunningTerraform[]> {
  const { left, isForced } = await stopTerraforms(deps, () => jobTerraforms(deps, session));
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

/** A Terraform at work on the local state has a file beside it, and leaves that when it is killed. */
async function findMark(session: Session): Promise<string | undefined> {
  const path = await findStatePath(session);
  return path && join(dirname(path), `.${basename(path)}.lock.info`);
}

/** Where processes can't be seen, there is nothing but the mark to go by. */
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
