import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type CurrentObject, StateError } from '../../backend/faults.ts';
import { type PulledState, type PullNotice, pullState } from '../../backend/pull.ts';
import type { Backend } from '../../backend/settings.ts';
import type { DownloadedState } from '../../backend/state-object.ts';
import type { ProperState } from '../../statefile/inspection.ts';
import type { Dependencies } from '../dependencies.ts';
import { fingerprint } from '../state-fingerprint.ts';
import { explain } from '../words/explain.ts';
import { stateUrl } from '../words/state-url.ts';

/** A state that is fit to be handed to a job. */
export interface UsableState {
  readonly object: DownloadedState;
  readonly proper: ProperState;
}

/** What the job gets; `state` is undefined when there is none yet. */
export interface JobState {
  readonly state: UsableState | undefined;
  readonly etag: string | undefined;
  readonly storedDigest: string | undefined;
  readonly fingerprint: string;
}

/**
 * Pulls the state into `path` and makes sure that it is one.
 * Errors: StateError `digest_mismatch` or `state_unreadable`, AwsError.
 */
export async function pullForJob(deps: Dependencies, backend: Backend, path: string): Promise<JobState> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const pulled = await pullState(backend, {
    path,
    clock: deps.clock,
    signal: deps.signal,
    onNotice: (notice) => tellNotice(deps, backend, notice),
  });
  const state = usableState(backend, pulled);
  return {
    state,
    etag: pulled.etag,
    storedDigest: pulled.storedDigest,
    fingerprint: fingerprint(state?.object, state?.proper.header),
  };
}

/**
 * The gate for gated applies: refuses a state other than the one that was planned on (issue: plan, approve, apply).
 * Errors: StateError `fingerprint_mismatch`.
 */
export function requireFingerprint(backend: Backend, expected: string | undefined, pulled: JobState): void {
  if (expected === undefined || expected === pulled.fingerprint) return;
  const current: CurrentObject | undefined = pulled.state?.object;
  const fault = { reason: 'fingerprint_mismatch', expected, actual: pulled.fingerprint, current } as const;
  throw new StateError(fault, backend);
}

function usableState(backend: Backend, { state }: PulledState): UsableState | undefined {
  if (state === undefined) return undefined;
  const { inspection } = state.facts;
  if (inspection.kind === 'state') return { object: state, proper: inspection };
  const { problem, detail } = inspection;
  throw new StateError({ reason: 'state_unreadable', where: 'stored', problem, detail }, backend);
}

function tellNotice({ runner, clock }: Dependencies, backend: Backend, notice: PullNotice): void {
  const { table } = backend;
  if (notice.kind === 'waiting_for_consistency') {
    const { calculated, stored } = notice;
    runner.info(`MD5 ${calculated || '(no object)'} is not yet the table's ${stored}; reading again in 2 s.`);
  } else if (notice.kind === 'empty_object') {
    runner.warning(`${stateUrl(backend)} has no bytes at all: taken for "no state yet".`);
  } else if (table !== undefined && notice.digest.kind === 'unreadable') {
    const why = explain(notice.digest.error, clock.now());
    runner.warning(
      `The digest could not be read, so nothing proves that the pulled state is the newest. ${why}`,
    );
  } else if (table !== undefined) {
    const what = notice.digest.kind === 'absent' ? 'no digest' : 'no usable digest';
    runner.warning(`Table ${table} has ${what} for this state, so nothing proves that it is the newest.`);
  }
}
