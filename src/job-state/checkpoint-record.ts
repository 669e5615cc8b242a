import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { isProvenWrite } from '../backend/state/look-up-object.ts';
import type { CurrentObject } from '../backend/state-error.ts';
import type { PushSide } from '../statefile/push-rules.ts';
import { hasCode } from '../workspace-files/disk.ts';
import { KeptSnapshotSchema, PushSideSchema } from './saved-state.ts';
import { maybe, serializeState } from './serialize-state.ts';

const CommittedCheckpointSchema = v.pipe(
  v.object({
    state: PushSideSchema,
    etag: maybe(v.string()),
    versionId: maybe(v.string()),
    /** False when the store's conditional writes don't work. */
    conditional: v.boolean(),
    /** The digest in the table: the previous one or, since `isDigestWritten`, the one of `state`. */
    storedDigest: maybe(v.string()),
    /** Always true without a table. */
    isDigestWritten: v.boolean(),
    /** The lock was confirmed as ours after the checkpoint was stored. Whoever gets it later reads this state. */
    isConfirmed: v.boolean(),
  }),
  v.readonly(),
);

const CheckpointerEndSchema = v.picklist(['asked', 'lock_lost', 'worker_gone', 'files_gone', 'too_old']);

const SightingSchema = v.pipe(
  v.object({
    id: v.string(),
    from: v.number(),
    until: v.number(),
    /** In which it works; undefined when that could not be seen. */
    workspace: v.optional(maybe(v.string())),
  }),
  v.readonly(),
);

const CheckpointRecordSchema = v.pipe(
  v.object({
    pid: v.pipe(v.number(), v.integer(), v.minValue(1)),
    /** States whose PUT was started but not confirmed. Each may be in S3. */
    inDoubt: v.pipe(v.array(PushSideSchema), v.readonly()),
    committed: maybe(CommittedCheckpointSchema),
    /** The state that main pulled, kept before the first checkpoint; undefined when none was needed. */
    snapshot: v.optional(maybe(KeptSnapshotSchema)),
    /** The number of checkpoints stored. */
    checkpoints: v.number(),
    /** When the last ones were stored, in ms since the epoch; see `MAX_COMMIT_TIMES`. */
    committedAt: v.pipe(v.array(v.number()), v.readonly()),
    /** Somebody else changed the object, so no more checkpoints are pushed. */
    isConflict: v.boolean(),
    /** In words; undefined once a later attempt succeeded. */
    lastError: maybe(v.string()),
    /** Its last lines. */
    log: v.pipe(v.array(v.string()), v.readonly()),
    /** This job's Terraform processes that it saw, if it watched for them. */
    sightings: v.pipe(v.array(SightingSchema), v.readonly()),
    /** Undefined while it runs, or when it was killed. */
    end: maybe(CheckpointerEndSchema),
  }),
  v.readonly(),
);

/** A checkpoint in S3. */
export type CommittedCheckpoint = v.InferOutput<typeof CommittedCheckpointSchema>;

/** Why a checkpointer ended by itself. */
export type CheckpointerEnd = v.InferOutput<typeof CheckpointerEndSchema>;

/** One Terraform process, and the time in which it was seen running, in ms since the epoch. */
export type Sighting = v.InferOutput<typeof SightingSchema>;

/** Everything that post must know about the checkpointer's work. */
export type CheckpointRecord = v.InferOutput<typeof CheckpointRecordSchema>;

/** The record, written to disk at every change, for post and for a crash. */
export interface RecordKeeper {
  readonly current: CheckpointRecord;
  /** Throws when the disk fails, without any change. */
  update(change: Partial<CheckpointRecord>): void;
  /** Makes the last line of the log the last error, if the disk allows it. */
  noteError(): void;
}

/** The most commit times in a record, which is rewritten with each commit. */
export const MAX_COMMIT_TIMES = 50;

/** The folder of the checkpointer's own files. */
export function checkpointerFolder(privateDirectory: string): string {
  return join(privateDirectory, 'checkpointer');
}

function newRecord(pid: number): CheckpointRecord {
  return {
    pid,
    inDoubt: [],
    committed: undefined,
    checkpoints: 0,
    committedAt: [],
    isConflict: false,
    lastError: undefined,
    log: [],
    sightings: [],
    end: undefined,
  };
}

/** Starts a record. Throws when the disk fails. */
export function keepRecord(privateDirectory: string, pid: number): RecordKeeper {
  const path = recordPath(privateDirectory);
  makeFolder(dirname(path));
  const keeper = {
    current: newRecord(pid),
    update(change: Partial<CheckpointRecord>): void {
      const next = { ...keeper.current, ...change };
      // A reader at the same time, or after a kill, finds the previous record or this one, never a part.
      writeFileSync(`${path}.new`, serializeState(next), { mode: 0o600 });
      renameSync(`${path}.new`, path);
      keeper.current = next;
    },
    noteError(): void {
      try {
        keeper.update({ lastError: keeper.current.log.at(-1) });
      } catch {
        // The files are gone or the disk is full, and nobody is left to report it to.
      }
    },
  };
  keeper.update({});
  return keeper;
}

/** Not recursive, because a removed private directory must not come back. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
}

/** The record of a checkpointer; undefined when there is none that can be read. */
export function readRecord(privateDirectory: string): CheckpointRecord | undefined {
  try {
    const parsed: unknown = JSON.parse(readFileSync(recordPath(privateDirectory), 'utf8'));
    return v.parse(CheckpointRecordSchema, parsed);
  } catch {
    return undefined;
  }
}

/** The state whose PUT was not confirmed, if the object contains it: a write under this same lock. */
export function findInDoubt(
  inDoubt: readonly PushSide[],
  current: CurrentObject | undefined,
  lockId: string,
): PushSide | undefined {
  return inDoubt.find(({ md5 }) => isProvenWrite(current, { lockId, md5 }));
}

function recordPath(privateDirectory: string): string {
  return join(checkpointerFolder(privateDirectory), 'record.json');
}
