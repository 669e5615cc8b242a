import { createReadStream } from 'node:fs';
import { createFileHasher, type FileFacts } from '../objects/file-facts.ts';
import type { Backend } from '../settings.ts';
import { READ_CHUNK } from '../state/hash-and-inspect.ts';
import { storeFile } from '../state/state-object.ts';
import { StateError } from '../state-error.ts';
import { planKey, planRecordKey } from './plan-id.ts';

/** A plan on the disk and its record, when nothing writes to them any more. */
export interface PlanFiles {
  readonly planPath: string;
  readonly planFacts: FileFacts;
  readonly recordPath: string;
}

/** Who stores the plan. `id` distinguishes a second attempt of the same job from another job. */
export interface PlanWriter {
  readonly id: string;
  readonly run: string;
  readonly actor: string;
}

/**
 * Stores a plan beside its state, with the same encryption, and then its record: if a record exists, so does its plan.
 * Never overwrites, but accepts the same plan that this writer stored before. Uses constant memory. Errors: StateError
 * `plan_id_taken`, AwsError.
 */
export async function storePlan(
  backend: Backend,
  planId: string,
  files: PlanFiles,
  writer: PlanWriter,
): Promise<void> {
  const { address } = backend;
  const recordFacts = await hashFile(files.recordPath);
  const { planPath, planFacts, recordPath } = files;
  const planObject: ObjectToStore = {
    planId,
    key: planKey(address, planId),
    path: planPath,
    facts: planFacts,
    isSameAnyway: false,
  };
  const recordObject: ObjectToStore = {
    planId,
    key: planRecordKey(address, planId),
    path: recordPath,
    facts: recordFacts,
    // The record of another attempt has another time, but is for the same plan.
    isSameAnyway: true,
  };
  await storeOnce(backend, planObject, writer);
  await storeOnce(backend, recordObject, writer);
}

interface ObjectToStore {
  readonly planId: string;
  readonly key: string;
  readonly path: string;
  readonly facts: FileFacts;
  /** Whether what this writer stored before counts as the same, even with other bytes. */
  readonly isSameAnyway: boolean;
}

async function storeOnce(
  backend: Backend,
  { planId, key, path, facts, isSameAnyway }: ObjectToStore,
  { id, run, actor }: PlanWriter,
): Promise<void> {
  const provenance = { run, actor, lockId: id, md5: facts.md5 };
  const request = { key, path, facts, provenance, expectedEtag: undefined, isUnlocked: true } as const;
  const outcome = await storeFile(backend, request);
  if (outcome.kind === 'stored') return;
  // An earlier attempt of this job was interrupted after it stored this.
  const stored = outcome.current?.provenance;
  if (stored?.lockId === id && (isSameAnyway || stored.md5 === facts.md5)) return;
  throw new StateError({ reason: 'plan_id_taken', planId, current: outcome.current }, backend);
}

/** Throws when the disk fails. */
async function hashFile(path: string): Promise<FileFacts> {
  const hasher = createFileHasher();
  for await (const chunk of createReadStream(path, { highWaterMark: READ_CHUNK })) hasher.write(chunk);
  return hasher.end();
}
