import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FoundLock } from '../../backend/lock/lock-store.ts';
import type { Backend } from '../../backend/settings.ts';
import { type PulledState, pullState } from '../../backend/state/pull.ts';
import { isDigestBehind, repairDigest } from '../../backend/state/repair-digest.ts';
import type { DownloadedState } from '../../backend/state/state-object.ts';
import { type CurrentObject, StateError } from '../../backend/state-error.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { fingerprint } from '../../job-state/state-fingerprint.ts';
import { reportPullNotice } from '../../messages/report-pull-notice.ts';
import { repairedText } from '../../messages/takeover-text.ts';
import type { ValidState } from '../../statefile/inspection.ts';

/** A state that is fit to be handed to a job. */
export interface UsableState {
  readonly object: DownloadedState;
  readonly valid: ValidState;
}

/** What the job gets; `state` is undefined when there is none yet. */
export interface JobState {
  readonly state: UsableState | undefined;
  readonly etag: string | undefined;
  readonly storedDigest: string | undefined;
  readonly fingerprint: string;
}

/**
 * Pulls the state into `path` and makes sure that it is one. `broken`: the locks that were taken over.
 * Errors: StateError `digest_mismatch` or `state_unreadable`, AwsError.
 */
export async function pullForJob(
  deps: PullDependencies,
  backend: Backend,
  path: string,
  broken: readonly FoundLock[],
): Promise<JobState> {
  const pulled = await pullRepaired(deps, backend, path, broken);
  const state = usableState(backend, pulled);
  return {
    state,
    etag: pulled.etag,
    storedDigest: pulled.storedDigest,
    fingerprint: fingerprint(state?.object, state?.valid.header),
  };
}

/**
 * After a takeover without a pull: makes sure that the job's own Terraform can read the state, whose former holder may
 * have died between it and its digest. `path` is for a copy, which does not stay.
 * Errors: StateError `digest_mismatch`, AwsError.
 */
export async function checkTakenOver(
  deps: PullDependencies,
  backend: Backend,
  path: string,
  broken: readonly FoundLock[],
): Promise<void> {
  if (broken.length === 0 || backend.table === undefined) return;
  try {
    await pullRepaired(deps, backend, path, broken);
  } finally {
    await rm(path, { force: true });
  }
}

type PullDependencies = Pick<Dependencies, 'runner' | 'clock' | 'signal'>;

async function pullRepaired(
  deps: PullDependencies,
  backend: Backend,
  path: string,
  broken: readonly FoundLock[],
): Promise<PulledState> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const pull = () =>
    pullState(backend, {
      path,
      clock: deps.clock,
      signal: deps.signal,
      onNotice: (notice) => reportPullNotice(deps, backend, notice),
    });
  return await pull().catch(async (error: unknown) => {
    if (!(await repairAfterCrash(deps, backend, broken, error))) throw error;
    return await pull();
  });
}

/**
 * The gate for gated applies: refuses a state other than the one that was planned on (issue: plan, approve, apply).
 * Errors: StateError `fingerprint_mismatch`.
 */
export function requireFingerprint(backend: Backend, expected: string | undefined, pulled: JobState): void {
  if (expected === undefined || expected === pulled.fingerprint) return;
  const current: CurrentObject | undefined = pulled.state?.object;
  const details = { reason: 'fingerprint_mismatch', expected, actual: pulled.fingerprint, current } as const;
  throw new StateError(details, backend);
}

/**
 * The holder of a lock that was taken over, or one whose lock that holder took over itself, may have died between the state
 * and its digest. That, and only that, is repaired.
 */
async function repairAfterCrash(
  { runner }: Pick<Dependencies, 'runner'>,
  backend: Backend,
  broken: readonly FoundLock[],
  error: unknown,
): Promise<boolean> {
  if (!(error instanceof StateError) || error.details.reason !== 'digest_mismatch') return false;
  const { details } = error;
  const { written } = details;
  if (written === undefined || broken.length === 0 || !isDigestBehind(details)) return false;
  if (!(await repairDigest(backend, details))) return false;
  runner.notice(repairedText(backend, details, written));
  return true;
}

function usableState(backend: Backend, { state }: PulledState): UsableState | undefined {
  if (state === undefined) return undefined;
  const { inspection } = state.facts;
  if (inspection.kind === 'state') return { object: state, valid: inspection };
  const { problem, detail } = inspection;
  throw new StateError({ reason: 'state_unreadable', where: 'stored', problem, detail }, backend);
}
