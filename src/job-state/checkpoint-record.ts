import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import type { CurrentObject } from '../backend/state-error.ts';
import type { PushSide } from '../statefile/push-rules.ts';
import { hasCode } from '../workspace-files/disk.ts';
import { maybe, PushSideSchema, serializeState } from './saved-state.ts';

/** A checkpoint that is in S3. */
export interface CommittedCheckpoint {
  readonly state: PushSide;
  readonly etag: string | undefined;
  readonly versionId: string | undefined;
  /** False when the store's conditional writes don't work. */
  readonly conditional: boolean;
  /** What the table held before, and holds since `isDigestWritten`: the digest of `state`. */
  readonly storedDigest: string | undefined;
  /** Always true where there is no table. */
  readonly isDigestWritten: boolean;
  /** The lock was seen to be ours after the checkpoint was stored: whoever gets it later reads this state. */
  readonly isSettled: boolean;
}

/** Why a checkpointer ended in an orderly way. */
export type CheckpointerEnd = 'asked' | 'lock_lost' | 'worker_gone' | 'files_gone' | 'too_old';

/** One Terraform, and the time in which it was seen to run, in ms since the epoch. */
export interface Sighting {
  readonly id: string;
  readonly from: number;
  readonly until: number;
}

/** All that post must know of what the checkpointer did. */
export interface CheckpointRecord {
  readonly pid: number;
  /** States whose PUT was begun, and whose end is not known: each may be in S3. */
  readonly inDoubt: readonly PushSide[];
  readonly committed: CommittedCheckpoint | undefined;
  /** How many checkpoints landed. */
  readonly checkpoints: number;
  /** Somebody else changed the object: no checkpoint is pushed any more. */
  readonly isConflict: boolean;
  /** In words; undefined once a later try succeeded. */
  readonly lastError: string | undefined;
  /** Its last lines. */
  readonly log: readonly string[];
  /** The Terraforms of this job that it saw, where it was to watch for them. */
  readonly sightings: readonly Sighting[];
  /** Undefined: it lives, or was killed. */
  readonly end: CheckpointerEnd | undefined;
}

/** The record, kept on disk at every change, for post and for a crash. */
export interface RecordKeeper {
  readonly current: CheckpointRecord;
  /** Throws when the disk refuses; then nothing is changed. */
  update(change: Partial<CheckpointRecord>): void;
  /** Makes the last line of the log the last error, if the disk lets it. */
  noteError(): void;
}

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
    return v.parse(RecordSchema, parsed);
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
  const provenance = current?.provenance;
  if (provenance?.lockId !== lockId) return undefined;
  return inDoubt.find(({ md5 }) => md5 === provenance.md5);
}

function recordPath(privateDirectory: string): string {
  return join(checkpointerFolder(privateDirectory), 'record.json');
}

const RecordSchema = v.object({
  pid: v.pipe(v.number(), v.integer(), v.minValue(1)),
  inDoubt: v.array(PushSideSchema),
  committed: maybe(
    v.object({
      state: PushSideSchema,
      etag: maybe(v.string()),
      versionId: maybe(v.string()),
      conditional: v.boolean(),
      storedDigest: maybe(v.string()),
      isDigestWritten: v.boolean(),
      isSettled: v.boolean(),
    }),
  ),
  checkpoints: v.number(),
  isConflict: v.boolean(),
  lastError: maybe(v.string()),
  log: v.array(v.string()),
  sightings: v.array(v.object({ id: v.string(), from: v.number(), until: v.number() })),
  end: maybe(v.picklist(['asked', 'lock_lost', 'worker_gone', 'files_gone', 'too_old'])),
});
