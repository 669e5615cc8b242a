import { join } from 'node:path';
import type { Backend } from '../../backend/settings.ts';
import { hashAndInspectFile } from '../../backend/state/hash-and-inspect.ts';
import { StateError } from '../../backend/state-error.ts';
import type { PulledFacts } from '../../job-state/saved-state.ts';
import { readStateDirectory } from '../../workspace-files/claim-state-directory.ts';
import { copyState } from '../../workspace-files/copy-state.ts';
import { statePathFor } from '../../workspace-files/state-directory.ts';
import { findBrokenDescent } from './descent.ts';
import { orErroredState } from './errored-state.ts';
import type { PushedWork } from './publish-outputs.ts';
import { baseAfterPush, missingDigest, type PushBase } from './push-base.ts';
import type { PushContext } from './push-context.ts';
import type { LocalState } from './push-decision.ts';
import type { PushEnd } from './push-end.ts';
import { pushForJob } from './push-for-job.ts';

/** What main pulled, and everything else that a push needs. */
export interface PostContext extends PushContext {
  readonly pulled: PulledFacts | undefined;
}

/** How often to push a state that a program keeps writing. */
const ROUNDS = 3;

/** The push of the job's own state, and what it was based on. */
export interface FoundPush extends PushedWork {
  readonly push: PushEnd;
}

/**
 * Pushes the state that the job left in its directory. Throws nothing, because the lock must still be released whatever
 * the disk does.
 */
export async function pushFoundState(
  context: PostContext,
  base: PushBase,
  directory: string,
): Promise<FoundPush> {
  try {
    return await pushUntilStable(context, base);
  } catch (error) {
    const digest = missingDigest(base);
    const push: PushEnd = {
      decision: { kind: 'unknown' },
      pushed: undefined,
      error,
      kept: { kind: 'unread', directory },
      digest,
    };
    return { knownBase: base, push, local: undefined };
  }
}

/** If a program of the job writes its state during the push, the rest is pushed afterwards. */
async function pushUntilStable(context: PostContext, base: PushBase): Promise<FoundPush> {
  const { backend } = context;
  let known = base;
  for (let round = 1; ; round += 1) {
    const local = await findLocalState(context, known);
    const push = await pushForJob(context, known, local);
    const found = { knownBase: known, push, local };
    if (local === undefined || push.error !== undefined || !(await wasWrittenSince(local))) return found;
    if (round === ROUNDS) return { ...found, push: { ...push, ...stillWritten(backend, local) } };
    known = (push.pushed && baseAfterPush(known, local, push.pushed)) ?? known;
  }
}

function stillWritten(backend: Backend, { path }: LocalState): Pick<PushEnd, 'error' | 'kept'> {
  const refusal = { kind: 'still_written', path } as const;
  return {
    error: new StateError({ reason: 'push_refused', refusal }, backend),
    kept: { kind: 'still_written', path },
  };
}

async function wasWrittenSince({ path, copy, facts }: LocalState): Promise<boolean> {
  if (copy === path) return false;
  const now = await hashAndInspectFile(path);
  return now !== undefined && now.md5 !== facts.md5;
}

async function findLocalState(
  { deps, session, pulled }: PostContext,
  base: PushBase,
): Promise<LocalState | undefined> {
  const { stateDirectory, privateDirectory } = session;
  const copyPath = join(privateDirectory, 'post', 'state');
  const local = await readStateDirectory(stateDirectory, privateDirectory, async (directory) => {
    const path = statePathFor(directory, session.backend.address.workspace);
    const copied = await copyState(path, copyPath, deps.clock, deps.signal);
    // The state that the last write of this job's Terraform replaced.
    const backup = await hashAndInspectFile(`${path}.backup`);
    return copied && { ...copied, broken: findBrokenDescent(pulled?.state, backup?.inspection) };
  });
  return await orErroredState(deps, session, base, local);
}
