import { type Action, runAction } from '../../action/run-action.ts';
import type { Backend } from '../../backend/settings.ts';
import { listWorkspaces } from '../../backend/state/list-workspaces.ts';
import { withBackend } from '../../connection/connect-backend.ts';
import type { LockedWorkDependencies } from '../../connection/under-lock.ts';
import { readActionInputs } from '../../inputs/read-action-inputs.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { listedLine, plansDeletedLine, workspaceLine } from '../../messages/workspaces-text.ts';
import type { Job } from '../../runner/job.ts';
import { matchesGlob } from '../../text/glob.ts';
import { deleteWorkspace } from './delete-workspace.ts';
import { newWorkspace } from './new-workspace.ts';
import { describeEnd, describeWorkspacesFailure, type WorkspacesEnd } from './report-workspaces.ts';
import { readWorkspacesInputs, type WorkspacesCommand, type WorkspacesInputs } from './workspaces-inputs.ts';

/**
 * The workspaces action: lists the workspaces of a state, creates one or deletes one, without Terraform. Errors are
 * thrown, for the entry to explain.
 */
export function workspaces(deps: Dependencies): Promise<void> {
  return runAction(deps, WORKSPACES);
}

const WORKSPACES: Action<Dependencies, WorkspacesInputs, WorkspacesEnd> = {
  secretInputs: [],
  readInputs: (deps, job) => readActionInputs(deps, job, readWorkspacesInputs),
  work: async (deps, inputs, job) => {
    return await withBackend(deps, inputs.backend, async (backend) => {
      return await work(deps, backend, inputs, job);
    });
  },
  describeEnd,
  describeFailure: describeWorkspacesFailure,
};

async function work(
  deps: LockedWorkDependencies,
  backend: Backend,
  { command, paths }: WorkspacesInputs,
  job: Job,
): Promise<WorkspacesEnd> {
  const { runner } = deps;
  if (command.kind === 'list') {
    const names = selectNames(await listWorkspaces(backend, paths), command);
    runner.info(listedLine(names, backend.address.bucket));
    return { kind: 'listed', scope: backend, names };
  }
  if (command.kind === 'new') {
    const kind = await newWorkspace(deps, backend, job, command.lockTimeoutMs);
    runner.info(workspaceLine(kind, backend));
    return { kind, scope: backend };
  }
  const { kind, plans } = await deleteWorkspace(deps, backend, job, command);
  runner.info(workspaceLine(kind, backend));
  if (plans > 0) runner.info(plansDeletedLine(backend, plans));
  return { kind, scope: backend, plans };
}

/** The names that match an `include`, without those that match an `exclude`. Pure. */
function selectNames(
  names: readonly string[],
  { include, exclude }: Extract<WorkspacesCommand, { kind: 'list' }>,
): string[] {
  return names.filter((name) => {
    const isIncluded = include.length === 0 || include.some((glob) => matchesGlob(glob, name));
    return isIncluded && !exclude.some((glob) => matchesGlob(glob, name));
  });
}
