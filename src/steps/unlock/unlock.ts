import { type Action, runAction } from '../../action/run-action.ts';
import type { FreeOutcome } from '../../backend/lock/free-locks.ts';
import type { FoundLock } from '../../backend/lock/lock-store.ts';
import { type StateLock, stateLock } from '../../backend/lock/state-lock.ts';
import { repairAnnounced } from '../../backend/state/repair-digest.ts';
import type { StateScope } from '../../backend/state-error.ts';
import { describeScope, withBackend } from '../../connection/connect-backend.ts';
import { readActionInputs } from '../../inputs/read-action-inputs.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { reportRepair } from '../../messages/report-repair.ts';
import { describeFailure } from '../../messages/to-reason-code.ts';
import {
  decisiveEnd,
  isFailed,
  type KeptLock,
  type LockEnd,
  NotUnlocked,
  type UnlockOutcome,
} from '../../messages/unlock-outcome.ts';
import { explainUnlock, lockLines } from '../../messages/unlock-text.ts';
import { runOfHolder } from '../../staleness/run-evidence.ts';
import { decideUnlock } from './decide-unlock.ts';
import { describeEnd, toCode, type UnlockEnd } from './report-unlock.ts';
import { readUnlockInputs, type UnlockInputs, type UnlockMode } from './unlock-inputs.ts';

/**
 * The unlock action: frees a lock, in each of its stores, by its id, by proof that its run ended, or by force. Every
 * delete requires that the lock has not changed since it was read. Errors are thrown, for the entry to explain.
 */
export function unlock(deps: Dependencies): Promise<void> {
  return runAction(deps, UNLOCK);
}

const UNLOCK: Action<Dependencies, UnlockInputs, UnlockEnd> = {
  secretInputs: ['github_token'],
  readInputs: (deps, job) => readActionInputs(deps, job, readUnlockInputs),
  work: async (deps, inputs) => {
    const outcome = await unlockState(deps, inputs);
    const scope = describeScope(inputs.backend, deps.env);
    const failure = report(deps, scope, inputs.mode, outcome);
    return { scope, outcome, failure, at: deps.clock.now() };
  },
  describeEnd,
  describeFailure,
};

async function unlockState(
  deps: Dependencies,
  { backend: settings, mode }: UnlockInputs,
): Promise<UnlockOutcome> {
  return await withBackend(deps, settings, async (backend) => {
    const stores = stateLock(backend);
    const found = (await stores?.read()) ?? [];
    if (stores === undefined) return [];
    const log = (locks: readonly FoundLock[]): void => {
      for (const lock of locks) {
        for (const line of lockLines(backend, lock, deps.clock.now())) deps.runner.info(line);
      }
    };
    // To look up a run and watch its lock takes minutes. Otherwise the result names the holder of a lock that stays.
    if (mode.kind === 'only_if_stale')
      log(found.filter((lock) => takesTime(lock, mode.github.serverUrl) || !isReadable(lock)));
    const kept = await decideUnlock(deps, stores, mode, found);
    if (mode.kind !== 'only_if_stale')
      log(found.filter((lock, i) => kept[i] === undefined || !isReadable(lock)));
    const outcome = await freeAll(stores, mode, found, kept);
    // The holder may have died between the state and its digest. While another lock exists, the digest is that holder's
    // responsibility.
    if (outcome.length > 0 && outcome.every(isFreed))
      reportRepair(deps, backend, await repairAnnounced(backend));
    return outcome;
  });
}

/**
 * Frees everything that is not kept, and attempts each one. Results are in Terraform's order
 * (docs/protocol.md#both-locks).
 */
async function freeAll(
  stores: StateLock,
  { kind }: UnlockMode,
  found: readonly FoundLock[],
  kept: readonly (KeptLock | undefined)[],
): Promise<UnlockOutcome> {
  const isProof = kind === 'only_if_stale';
  const locks = found.filter((_, i) => kept[i] === undefined);
  // A beat in the meantime disproves only that the lock is stale.
  const targets = locks.map((lock) => (isProof ? lock : { ...lock, heartbeat: undefined }));
  const outcomes = await stores.free(targets);
  const ends = new Map(locks.map((lock, i) => [lock, toEnd(lock, outcomes[i], isProof)]));
  return found.flatMap((lock, i) => kept[i] ?? ends.get(lock) ?? []);
}

/** Whether it takes time to prove that a lock is stale, and not a look at the lock alone to see that nothing does. */
function takesTime({ holder }: FoundLock, serverUrl: string): boolean {
  return runOfHolder(holder, serverUrl).kind === 'run';
}

/** Of an unreadable lock only the log shows all that is stored. */
function isReadable({ holder }: FoundLock): boolean {
  return holder.info !== undefined;
}

function isFreed(end: LockEnd): boolean {
  return !isFailed(end) && end.code === 'released';
}

function toEnd(lock: FoundLock, outcome: FreeOutcome | undefined, isProof: boolean): LockEnd | undefined {
  switch (outcome?.kind) {
    case undefined:
      return undefined;
    case 'released':
      return { code: 'released', lock };
    case 'gone':
      return { code: 'no_lock', lock };
    case 'failed':
      return { lock, error: outcome.error };
    case 'item_stays':
      return toEnd(lock, outcome.item, isProof);
    case 'taken':
      if (!isProof || outcome.holder.raw !== lock.holder.raw) {
        return { code: 'lock_lost', lock, successor: outcome.holder };
      }
      return { code: 'not_stale', lock, reason: { kind: 'renewed_at_last' } };
  }
}

/** Reports to the user, with an error that is returned if the step must fail. */
function report(
  deps: Pick<Dependencies, 'runner' | 'clock'>,
  scope: StateScope,
  mode: UnlockMode,
  outcome: UnlockOutcome,
): Error | undefined {
  const text = explainUnlock(outcome, scope, deps.clock.now());
  const failed = outcome.find(isFailed);
  const decisive = decisiveEnd(outcome);
  if (decisive !== undefined && (failed !== undefined || isRed(outcome, mode))) {
    return new NotUnlocked(toCode(decisive), text, failed?.error);
  }
  // The remaining lock has another id, but still locks the state.
  const isLeft = mode.kind === 'lock_id' && outcome.some((end) => !isFailed(end) && isKept(end.code));
  if (isLeft) deps.runner.warning(text);
  else deps.runner.notice(text);
  return undefined;
}

/** A request for stale locks only is satisfied when there is none. */
function isRed(outcome: UnlockOutcome, { kind }: UnlockMode): boolean {
  const end = decisiveEnd(outcome);
  if (end === undefined || isFailed(end)) return end !== undefined;
  return end.code === 'lock_lost' ? kind !== 'only_if_stale' : isKept(end.code);
}

function isKept(code: string): boolean {
  return code === 'frozen' || code === 'lock_id_differs' || code === 'holder_unreadable';
}
