import type { BackendSettings } from '../backend/settings.ts';
import type { LockMode } from '../job-state/saved-state.ts';
import type { InputReader } from '../runner/inputs.ts';

/** What the job does with the lock, and whether it gets the state. */
export interface LockModeInputs {
  readonly lockMode: LockMode;
  readonly pull: boolean;
}

const NEITHER = 'name its table, or set use_lockfile: true';

/**
 * Reads `lock` and `pull`, and refuses inputs that have no effect with them, because users would rely on a protection
 * that does not exist.
 */
export function readLockMode(
  reader: InputReader,
  { table, useLockfile }: BackendSettings,
  warnings: string[],
): LockModeInputs {
  const lockMode = reader.choice('lock', ['hold', 'guard', 'none']) ?? 'hold';
  const asked = reader.boolean('pull') ?? true;
  const pull = asked && lockMode !== 'guard';
  const isLocked = table !== undefined || useLockfile;
  if (!asked && lockMode === 'none') {
    reader.reject('pull', 'false', 'with lock: none there is nothing left to do: remove one of them');
  } else if (!pull) {
    rejectPull(reader, lockMode === 'hold' ? 'pull: false' : 'lock: guard', isLocked);
  }
  if (lockMode === 'hold' && pull && !isLocked) warnings.push(UNLOCKED);
  if (lockMode !== 'hold' && (reader.duration('lock_timeout') ?? 0) > 0) {
    warnings.push(`lock_timeout has no effect with lock: ${lockMode}, which takes no lock.`);
  }
  return { lockMode, pull };
}

function rejectPull(reader: InputReader, how: string, isLocked: boolean): void {
  if (!isLocked) reader.reject('dynamodb_table', undefined, `${how} uses only the lock: ${NEITHER}`);
}

/** Refuses an input for locks when nothing locks. `consequence` says what that means: `nothing is locked`. */
export function rejectWithoutLock(
  reader: InputReader,
  { table, useLockfile }: Pick<BackendSettings, 'table' | 'useLockfile'>,
  consequence: string,
): void {
  if (table !== undefined || useLockfile) return;
  const fix = `name the table that the lock is in, or set use_lockfile: true; without either ${consequence}`;
  reader.reject('dynamodb_table', undefined, fix);
}

const UNLOCKED =
  'Neither dynamodb_table nor use_lockfile is set: the state is NOT locked, and nothing checks that it is complete. Another job or ' +
  "a laptop can change it at the same time. This job can't overwrite that change. The push of its own state fails instead.";
