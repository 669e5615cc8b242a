import type { Backend } from '../../backend/settings.ts';
import { StateError } from '../../backend/state-error.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { directoryOwner, toPreparation } from '../../job-state/preparation.ts';
import { writeBaseline } from '../../job-state/resource-baseline.ts';
import { type PulledFacts, type Session, STATE_KEYS } from '../../job-state/saved-state.ts';
import { serializeState } from '../../job-state/serialize-state.ts';
import {
  handedOverLine,
  initArgumentsText,
  LOCK_HANDED_OVER,
  unpublishableText,
} from '../../messages/pull-text.ts';
import { stateUrl } from '../../messages/state-url.ts';
import { readJob } from '../../runner/job.ts';
import { ENCRYPTED_CONTENT } from '../../statefile/inspection.ts';
import { installPulledState } from '../../workspace-files/claim-state-directory.ts';
import { initArguments } from '../../workspace-files/init-arguments.ts';
import { prepareWorkingDirectory } from '../../workspace-files/working-directory.ts';
import {
  type HeldAttempt,
  type HoldOutputs,
  type LockOutputs,
  toLockOutputs,
  toStateOutputs,
} from './hold-outputs.ts';
import type { JobState } from './pull-for-job.ts';

/**
 * Gives the pulled state to the job: saves the facts for post, and prepares the working directory. Returns the outputs.
 */
export async function handOver(
  deps: Pick<Dependencies, 'env' | 'runner' | 'clock'>,
  backend: Backend,
  attempt: HeldAttempt,
  pulled: JobState,
): Promise<HoldOutputs> {
  const { runner, env } = deps;
  const { session } = attempt;
  const { privateDirectory, stateDirectory } = session;
  const resources = pulled.state === undefined ? new Map<string, string>() : pulled.state.valid.resources;
  await writeBaseline(privateDirectory, resources);
  const facts = pulledFacts(pulled);
  runner.saveState(STATE_KEYS.pulled, serializeState(facts));
  const owner = directoryOwner(session, readJob(env), facts.state?.md5 ?? '');
  const { workspace } = backend.address;
  const isThere = facts.state !== undefined;
  const isEncrypted = facts.state?.content === ENCRYPTED_CONTENT;
  if (!(await installPulledState(stateDirectory, owner, { workspace, isThere, isEncrypted })))
    throw displaced(backend, session);
  await leadTerraform(deps, session);
  if (session.publishOutputs && isEncrypted) runner.warning(unpublishableText(stateUrl(backend)));
  runner.saveState(STATE_KEYS.handedOver, String(deps.clock.now()));
  return toStateOutputs(attempt, pulled);
}

/** Another job took the directory while this one pulled, because it got our lock. */
function displaced(backend: Backend, { lock, stateDirectory: directory }: Session): StateError {
  const isLost = lock !== undefined;
  return new StateError(
    isLost
      ? { reason: 'lock_lost', holder: undefined, write: 'not_sent' }
      : { reason: 'local_state_lost', directory },
    backend,
  );
}

/** From here on the job's Terraform finds the pulled state, and `terraform init` accepts the change of the backend. */
async function leadTerraform(
  { runner, env }: Pick<Dependencies, 'env' | 'runner'>,
  session: Session,
): Promise<void> {
  const preparation = toPreparation(session);
  if (preparation === undefined) return;
  const { workingDirectory, workspace } = preparation;
  await prepareWorkingDirectory(preparation);
  const { text, removed } = initArguments(env.TF_CLI_ARGS_init ?? '');
  runner.exportVariable('TF_CLI_ARGS_init', text);
  if (removed.length > 0) {
    runner.notice(initArgumentsText(removed));
  }
  runner.info(handedOverLine(workingDirectory, workspace));
}

/**
 * Only the lock (`pull: false`): the job's Terraform works directly on S3, and must not try to take the lock. Returns
 * the outputs.
 */
export function handOverLock({ runner }: Pick<Dependencies, 'runner'>, attempt: HeldAttempt): LockOutputs {
  runner.info(LOCK_HANDED_OVER);
  return toLockOutputs(attempt);
}

/** What post and the checkpointer must know about the pulled state. */
export function pulledFacts({ state, etag, storedDigest }: JobState): PulledFacts {
  if (state === undefined) return { state: undefined, etag, storedDigest };
  const { header, content, isEmpty } = state.valid;
  const { serial, lineage } = header;
  const { facts, versionId } = state.object;
  const { md5 } = facts;
  return { state: { md5, serial, lineage, content, isEmpty }, etag, storedDigest, versionId };
}
