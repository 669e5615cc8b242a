import { addressOfObject } from '../../backend/address.ts';
import type { HeldLock } from '../../backend/lock/held-lock.ts';
import { stateLock } from '../../backend/lock/state-lock.ts';
import type { LockHolder } from '../../backend/records/lock-info.ts';
import type { Backend } from '../../backend/settings.ts';
import { deleteUnchangedDigest, requireDigest, storedText } from '../../backend/state/digest.ts';
import { lookUpObject } from '../../backend/state/look-up-object.ts';
import { StateError } from '../../backend/state-error.ts';
import type { SurveyedState } from '../../backend/survey/survey-states.ts';
import type { ConsiderHolder } from '../../connection/step-lock.ts';
import { type LockedWorkDependencies, underLock } from '../../connection/under-lock.ts';
import type { StaleProofInputs } from '../../inputs/stale-inputs.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { type LockedDetails, LockedError } from '../../messages/locked-text.ts';
import type { MigrationStatus } from '../../messages/migration-text.ts';
import type { NotStaleReason } from '../../messages/not-stale-text.ts';
import type { Job } from '../../runner/job.ts';
import { createStalenessCheck, type StalenessCheck } from '../../staleness/staleness-check.ts';
import { FINISH_OPERATION } from './finish-operation.ts';

/** What finishing needs of the step. */
export type FinishDependencies = LockedWorkDependencies & Pick<Dependencies, 'lookUpRun'>;

/**
 * Removes the table's items of one state under both of its locks, if digest and object have not changed since they were
 * assessed. The order is our own lock item, the digest, the lock file. A state that somebody holds is left alone, unless
 * it is an earlier finish that is proven dead. Errors: those of `underLock` except its refusals, and AwsError.
 */
export async function finishState(
  deps: FinishDependencies,
  backend: Backend & { readonly table: string },
  job: Job,
  state: SurveyedState,
  proof: StaleProofInputs,
): Promise<MigrationStatus> {
  const address = addressOfObject(backend.address.bucket, backend.address.workspace, state.objectKey);
  const scoped = { ...backend, address, useLockfile: true };
  const earlier = considerEarlierFinish(deps, proof);
  const { consider } = earlier;
  const lock = { job, operation: FINISH_OPERATION, lockTimeoutMs: 0, consider };
  try {
    return await underLock(deps, scoped, lock, (held) => removeItems(scoped, held, state));
  } catch (error) {
    const refusal = findRefusal(error);
    if (refusal === undefined) throw error;
    const { holder } = refusal;
    return { kind: 'locked', holder, whyNotDead: await earlier.whyNotDead(holder) };
  } finally {
    earlier.close();
  }
}

interface EarlierFinish {
  readonly consider: ConsiderHolder;
  /** Undefined when the holder is no earlier finish. */
  readonly whyNotDead: (holder: LockHolder | undefined) => Promise<NotStaleReason | undefined>;
  readonly close: () => void;
}

/** Takes over from an earlier finish whose runner died, and from nobody else. */
function considerEarlierFinish(deps: FinishDependencies, proof: StaleProofInputs): EarlierFinish {
  let check: StalenessCheck | undefined;
  return {
    consider: (found, broken) => {
      if (found.holder.info?.operation !== FINISH_OPERATION) return { kind: 'wait' };
      check ??= createStalenessCheck(deps, { ...proof, action: 'break' }, broken);
      return check.consider(found);
    },
    whyNotDead: async (holder) => {
      if (holder?.info?.operation !== FINISH_OPERATION) return undefined;
      const finding = await check?.finding(holder);
      return finding === undefined || finding.stale === true ? { kind: 'run_not_looked_up' } : finding.reason;
    },
    close: () => check?.close(),
  };
}

async function removeItems(
  backend: Backend & { readonly table: string },
  held: HeldLock | undefined,
  state: SurveyedState,
): Promise<MigrationStatus> {
  const { aws, table, address } = backend;
  const digest = await requireDigest(aws, table, address.digestPath);
  const object = await lookUpObject(backend, address.objectKey);
  const isAsAssessed =
    object?.etag === state.object?.etag &&
    (digest.kind === 'absent' || storedText(digest) === state.digest?.stored);
  if (!isAsAssessed) return { kind: 'changed' };
  await releaseItem(backend, held);
  const isGone = await deleteUnchangedDigest(aws, table, address.digestPath, digest);
  return { kind: isGone ? 'finished' : 'changed' };
}

/**
 * The lock file keeps holders out until the digest is gone. An interrupted run leaves the digest, by which the next run
 * finds the state.
 */
async function releaseItem(backend: Backend, held: HeldLock | undefined): Promise<void> {
  await held?.verify();
  const stores = stateLock(backend);
  const item = (await stores?.read())?.find(
    ({ store, holder }) => store === 'item' && holder.id === held?.id,
  );
  const outcomes = item === undefined ? [] : await stores?.free([item]);
  const failed = outcomes?.find((outcome) => outcome.kind === 'failed');
  if (failed !== undefined) throw failed.error;
}

/** The holder, if the error is that somebody holds the state. */
function findRefusal(error: unknown): Pick<LockedDetails, 'holder'> | undefined {
  if (error instanceof LockedError) return error.details;
  return error instanceof StateError && error.details.reason === 'frozen' ? error.details : undefined;
}
