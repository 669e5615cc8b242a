import { type Action, runAction } from '../../action/run-action.ts';
import type { Backend } from '../../backend/settings.ts';
import { withBackend } from '../../connection/connect-backend.ts';
import type { LockedWorkDependencies } from '../../connection/under-lock.ts';
import { readActionInputs } from '../../inputs/read-action-inputs.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { diffLines, historyLine, restoredLine, unversionedNotice } from '../../messages/history-text.ts';
import type { Job } from '../../runner/job.ts';
import { type DiffEnds, diffVersions } from './diff-versions.ts';
import { type HistoryInputs, readHistoryInputs } from './history-inputs.ts';
import { readHistory } from './read-history.ts';
import { describeEnd, describeHistoryFailure, type HistoryEnd, toNamed } from './report-history.ts';
import { type RestoreRequest, restoreVersion } from './restore-version.ts';

/**
 * The history action: lists the versions of a state, compares two, or restores one. Errors are thrown, for the entry to
 * explain.
 */
export function history(deps: Dependencies): Promise<void> {
  return runAction(deps, HISTORY);
}

const HISTORY: Action<Dependencies, HistoryInputs, HistoryEnd> = {
  secretInputs: [],
  readInputs: (deps, job) => readActionInputs(deps, job, readHistoryInputs),
  work: async (deps, { backend: settings, command }, job) => {
    return await withBackend(deps, settings, async (backend) => {
      if (command.kind === 'list') return await list(deps, backend, command.limit);
      if (command.kind === 'diff') return await diff(deps, backend, command);
      return await restore(deps, backend, job, command);
    });
  },
  describeEnd,
  describeFailure: describeHistoryFailure,
};

async function list(
  { runner }: Pick<Dependencies, 'runner'>,
  backend: Backend,
  limit: number,
): Promise<HistoryEnd> {
  const found = await readHistory(backend, limit);
  runner.info(historyLine(backend, found.entries.length, found.hasMore));
  if (!found.isVersioned) runner.notice(unversionedNotice(backend));
  return { kind: 'listed', scope: backend, history: found };
}

async function diff(
  { runner }: Pick<Dependencies, 'runner'>,
  backend: Backend,
  ends: DiffEnds,
): Promise<HistoryEnd> {
  const found = await diffVersions(backend, ends);
  for (const line of diffLines(backend, toNamed(found.from), toNamed(found.to), found.changes)) {
    runner.info(line);
  }
  return { kind: 'compared', scope: backend, diff: found };
}

async function restore(
  deps: LockedWorkDependencies,
  backend: Backend,
  job: Job,
  request: RestoreRequest,
): Promise<HistoryEnd> {
  const restored = await restoreVersion(deps, backend, job, request);
  const from = { versionId: restored.from.versionId, serial: restored.fromSerial };
  deps.runner.info(restoredLine(backend, from, restored.serial, restored.kind === 'restored'));
  return { kind: 'restored', scope: backend, restored };
}
