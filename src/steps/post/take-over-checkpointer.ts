import type { Backend } from '../../backend/settings.ts';
import { endCheckpointerProcess } from '../../job-processes/end-checkpointer-process.ts';
import { type CheckpointRecord, readRecord } from '../../job-state/checkpoint-record.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import type { SavedState } from '../../job-state/saved-state.ts';
import {
  checkpointerCrashedText,
  checkpointFailedText,
  checkpointsLine,
} from '../../messages/checkpointer-text.ts';
import { decisionLine, nameState } from '../../messages/debug-text.ts';
import { isDirectory } from '../../workspace-files/disk.ts';
import { adoptInDoubt, lookUpFor, type PushBase, pushBase } from './push-base.ts';

/**
 * Takes over from the checkpointer without a race: it stops the process, reads from its record what the object
 * contains, and reads the object once to learn how an unanswered push ended. Undefined when nothing was pulled. Warns
 * about a checkpointer that ended early. Throws nothing.
 */
export async function takeOverCheckpointer(
  deps: Pick<Dependencies, 'runner' | 'clock' | 'signal' | 'processes'>,
  backend: Backend,
  saved: SavedState,
): Promise<PushBase | undefined> {
  const record = await endCheckpointer(deps, saved);
  if (saved.pulled === undefined) return undefined;
  const base = pushBase(saved.pulled, record);
  if (base.inDoubt.length === 0) return base;
  // If this check fails, the push will find out.
  const current = await lookUpFor(base, backend, saved.session.lock?.id).catch(() => undefined);
  return adoptInDoubt(base, current, saved.session.lock?.id) ?? base;
}

async function endCheckpointer(
  deps: Pick<Dependencies, 'runner' | 'clock' | 'signal' | 'processes'>,
  { session, checkpointerPid }: SavedState,
): Promise<CheckpointRecord | undefined> {
  const { privateDirectory } = session;
  if (!(await isDirectory(privateDirectory))) return undefined;
  // A main that was killed right after the start has saved no id.
  const pid = checkpointerPid ?? readRecord(privateDirectory)?.pid;
  if (pid === undefined) return undefined;
  const wasThere = await endCheckpointerProcess(deps, pid, privateDirectory);
  const record = readRecord(privateDirectory);
  deps.runner.debug(decisionLine('checkpoint', describeRecord(record)));
  if (record?.committed !== undefined) {
    deps.runner.info(checkpointsLine(record.checkpoints, record.committed.state.serial));
  }
  if (!wasThere && record?.end === undefined) deps.runner.warning(checkpointerCrashedText(record?.log ?? []));
  else if (record?.lastError !== undefined) deps.runner.warning(checkpointFailedText(record.lastError));
  return record;
}

function describeRecord(record: CheckpointRecord | undefined): string {
  if (record === undefined) return 'no record';
  const { committed, inDoubt, end, isConflict } = record;
  const conflict = isConflict ? ', somebody else changed the state' : '';
  return `${nameState(committed?.state)} committed, ${inDoubt.length} in doubt, ended by ${end ?? 'post'}${conflict}`;
}
