import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FoundLock } from '../../backend/lock/lock-store.ts';
import type { Backend } from '../../backend/settings.ts';
import { type PulledState, pullState } from '../../backend/state/pull.ts';
import { isDigestBehind, repairAnnounced, repairDigest } from '../../backend/state/repair-digest.ts';
import { requireUsable, type UsableState } from '../../backend/state/usable-state.ts';
import { StateError } from '../../backend/state-error.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { fingerprint } from '../../job-state/state-fingerprint.ts';
import { decisionLine, nameState } from '../../messages/debug-text.ts';
import { reportPullNotice } from '../../messages/report-pull-notice.ts';
import { reportRepair } from '../../messages/report-repair.ts';
import { repairedText } from '../../messages/takeover-text.ts';

/** What the job gets; `state` is undefined when there is none yet. */
export interface JobState {
  readonly state: UsableState | undefined;
  readonly etag: string | undefined;
  readonly storedDigest: string | undefined;
  readonly fingerprint: string;
}

/**
 * Pulls the state into `path` and checks that it is usable. Under our lock, it first writes a missing digest. The
 * requests are sent before `path` resolves.
 *
 * Errors: StateError `digest_mismatch` or `state_unreadable`, AwsError, and those of `path`.
 */
export async function pullForJob(
  deps: PullDependencies,
  backend: Backend,
  path: string | Promise<string>,
  isLocked: boolean,
): Promise<JobState> {
  const pulled = await pullRepaired(deps, backend, path, isLocked);
  const state = requireUsable(backend, pulled.state);
  deps.runner.debug(decisionLine('pull', describePull(state)));
  return {
    state,
    etag: pulled.etag,
    storedDigest: pulled.storedDigest,
    fingerprint: fingerprint(state?.object, state?.valid.header),
  };
}

/**
 * For a lock without a pull: checks that the job's own Terraform can read the state. After a takeover, the whole state
 * is checked. Otherwise it is read only if its digest may be missing and the session is not limited to the lock
 * (`seesState`). `path` is for a temporary copy.
 *
 * Errors: StateError `digest_mismatch`, AwsError.
 */
export async function checkUnpulled(
  deps: PullDependencies,
  backend: Backend,
  path: string,
  broken: readonly FoundLock[],
  seesState: boolean,
): Promise<void> {
  if (backend.table === undefined) return;
  if (broken.length === 0) {
    if (seesState) reportRepair(deps, backend, await repairAnnounced(backend));
    return;
  }
  try {
    await pullRepaired(deps, backend, path, true);
  } finally {
    await rm(path, { force: true });
  }
}

type PullDependencies = Pick<Dependencies, 'runner' | 'clock' | 'signal'>;

async function pullRepaired(
  deps: PullDependencies,
  backend: Backend,
  path: string | Promise<string>,
  isLocked: boolean,
): Promise<PulledState> {
  const ready = makeParentFolder(path);
  // If the requests fail first, nothing else waits for it.
  ready.catch(() => {});
  const pull = () =>
    pullState(backend, {
      path: ready,
      clock: deps.clock,
      signal: deps.signal,
      onNotice: (notice) => reportPullNotice(deps, backend, notice),
    });
  return await pull().catch(async (error: unknown) => {
    if (!isLocked || !(await repairMismatch(deps, backend, error))) throw error;
    return await pull();
  });
}

async function makeParentFolder(path: string | Promise<string>): Promise<string> {
  const known = await path;
  await mkdir(dirname(known), { recursive: true, mode: 0o700 });
  return known;
}

/**
 * A writer that died, or lost its lock, between the state and its digest has announced that digest in the table. This,
 * and nothing else, is repaired, whoever freed its lock.
 */
async function repairMismatch(
  { runner }: Pick<Dependencies, 'runner'>,
  backend: Backend,
  error: unknown,
): Promise<boolean> {
  if (!(error instanceof StateError) || error.details.reason !== 'digest_mismatch') return false;
  const { details } = error;
  if (!isDigestBehind(details) || !(await repairDigest(backend, details))) return false;
  runner.notice(repairedText(backend, details));
  return true;
}

function describePull(state: UsableState | undefined): string {
  if (state === undefined) return nameState(undefined);
  return nameState({ serial: state.valid.header.serial, md5: state.object.facts.md5 });
}
