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
    /** What the table held before, and holds since `isDigestWritten`: the digest of `state`. */
    storedDigest: maybe(v.string()),
    /** Always true where there is no table. */
    isDigestWritten: v.boolean(),
    /** The lock was seen to be ours after the checkpoint was stored: whoever gets it later reads this state. */
    isConfirmed: v.boolean(),
  }),
  v.readonly(),
);

const CheckpointerEndSchema = v.picklist(['asked', 'lock_lost', 'worker_gone', 'files_gone', 'too_old']);

const SightingSchema = v.pipe(
  v.object({ id: v.string(), from: v.number(), until: v.number() }),
  v.readonly(),
);

const CheckpointRecordSchema = v.pipe(
  v.object({
    pid: v.pipe(v.number(), v.integer(), v.minValue(1)),
    /** States whose PUT was begun, and whose end is not known: each may be in S3. */
    inDoubt: v.pipe(v.array(PushSideSchema), v.readonly()),
    committed: maybe(CommittedCheckpointSchema),
    /** The state that main pulled, kept before the first checkpoint; undefined: it was not to be. */
    snapshot: v.optional(maybe(KeptSnapshotSchema)),
    /** How many checkpoints were stored. */
    checkpoints: v.number(),
    /** When the last of them were stored, in ms since the epoch; see `MAX_COMMIT_TIMES`. */
    committedAt: v.pipe(v.array(v.number()), v.readonly()),
    /** Somebody else changed the object: no checkpoint is pushed any more. */
    isConflict: v.boolean(),
    /** In words; undefined once a later try succeeded. */
    lastError: maybe(v.string()),
    /** Its last lines. */
    log: v.pipe(v.array(v.string()), v.readonly()),
    /** The Terraforms of this job that it saw, where it was to watch for them. */
    sightings: v.pipe(v.array(SightingSchema), v.readonly()),
    /** Undefined: it lives, or was killed. */
    end: maybe(CheckpointerEndSchema),
  }),
  v.readonly(),
);

/** A checkpoint that is in S3. */
export type CommittedCheckpoint = v.InferOutput<typeof CommittedCheckpointSchema>;

/** Why a checkpointer ended in an orderly way. */
export type CheckpointerEnd = v.InferOutput<typeof CheckpointerEndSchema>;

/** One Terraform, and the time in which it was seen to run, in ms since the epoch. */
export type Sighting = v.InferOutput<typeof SightingSchema>;

/** All that post must know of what the checkpointer did. */
export type CheckpointRecord = v.InferOutput<typeof CheckpointRecordSchema>;

/** The record, kept on disk at every change, for post and for a crash. */
export interface RecordKeeper {
  readonly current: CheckpointRecord;
  /** Throws when the disk refuses; then nothing is changed. */
  update(change: Partial<CheckpointRecord>): void;
  /** Makes the last line of the log the last error, if the disk lets it. */
  noteError(): void;
}

/** Landings that a record keeps: it is written anew with each. */
export const MAX_COMMIT_TIMES = 50;

/** The folder for what belongs to the checkpointer alone. */
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

/** Begins a record. Throws when the disk refuses. */
export function keepRecord(privateDirectory: string, pid: number): RecordKeeper {
  const path = recordPath(privateDirectory);
  makeFolder(dirname(path));
  const keeper = {
    current: newRecord(pid),
    update(change: Partial<CheckpointRecord>): void {
      const next = { ...keeper.current, ...change };
      // Whoever reads meanwhile, or after a kill, finds the one before or this one, never a part.
      writeFileSync(`${path}.new`, serializeState(next), { mode: 0o600 });
      renameSync(`${path}.new`, path);
      keeper.current = next;
    },
    noteError(): void {
      try {
        keeper.update({ lastError: keeper.current.log.at(-1) });
      } catch {
        // The files are gone or the disk is full: nobody is left to tell.
      }
    },
  };
  keeper.update({});
  return keeper;
}

/** Not recursively: a private directory that is gone is not to come back. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
}

/** What a checkpointer left; undefined when there is nothing that can be read. */
export function readRecord(privateDirectory: string): CheckpointRecord | undefined {
  try {
    const parsed: unknown = JSON.parse(readFileSync(recordPath(privateDirectory), 'utf8'));
    return v.parse(CheckpointRecordSchema, parsed);
  } catch {
    return undefined;
  }
}

/** The state whose PUT nobody saw the end of, if that is what the object holds: this very lock's write of it. */
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
