import { basename, dirname, join } from 'node:path';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { waitForTerraforms } from '../../job-state/running-terraforms.ts';
import type { Session } from '../../job-state/saved-state.ts';
import { entryAt } from '../../workspace-files/disk.ts';

/**
 * A Terraform at work on the local state has a file beside it (docs/protocol.md#local-backend), and leaves that when it is killed. Waits for one
 * that still runs, for a bounded time, and warns when the state is pushed as that Terraform has written it so far.
 */
export async function letTerraformEnd(
  deps: Dependencies,
  session: Session,
  statePath: string,
): Promise<void> {
  const mark = join(dirname(statePath), `.${basename(statePath)}.lock.info`);
  const isThere = async (): Promise<boolean> => (await entryAt(mark)).kind === 'file';
  if (!(await isThere())) return;
  deps.runner.info(`${mark}: a Terraform of this job works on the state, or was killed.`);
  const { isThere: isLeft, running } = await waitForTerraforms(deps, session.backend.address, isThere, false);
  if (!isLeft) return;
  const what =
    running === undefined
      ? 'A Terraform of this job still works on the state, or was killed'
      : running.own > 0
        ? 'A Terraform of this job still works on the state'
        : 'A Terraform of this job was killed while it worked on the state';
  deps.runner.warning(
    `${what}. The state is taken as that Terraform has written it by now; what it made after that is in no state.`,
  );
}
