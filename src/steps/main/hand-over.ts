import type { Backend } from '../../backend/settings.ts';
import { StateError } from '../../backend/state-error.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { directoryOwner, toPreparation } from '../../job-state/preparation.ts';
import { writeBaseline } from '../../job-state/resource-baseline.ts';
import { type PulledFacts, type Session, STATE_KEYS } from '../../job-state/saved-state.ts';
import { serializeState } from '../../job-state/serialize-state.ts';
import { handedOverLine, initArgumentsText, LOCK_HANDED_OVER } from '../../messages/pull-text.ts';
import { readJob } from '../../runner/job.ts';
import { installPulledState } from '../../workspace-files/claim-state-directory.ts';
import { initArguments } from '../../workspace-files/init-arguments.ts';
import { statePathFor } from '../../workspace-files/state-directory.ts';
import { prepareWorkingDirectory } from '../../workspace-files/working-directory.ts';
import type { PlanOutputs } from './plan-for-job.ts';
import type { JobState } from './pull-for-job.ts';

/** The outputs of the main action; `action.yml` declares the same (a test compares them). */
export const HOLD_OUTPUTS = [
  'state_path',
  'state_exists',
  'workspace',
  'serial',
  'lineage',
  'terraform_version',
  'digest',
  'fingerprint',
  'version_id',
  'lock_id',
  'plan_id',
  'plan_path',
  'states',
  'reason_code',
  'result',
] as const;

/**
 * `reason_code` and `result` are set however main ends, these only when it succeeds. Those of a plan: `PlanOutputs`.
 * With several states, `states` replaces them.
 */
export type HoldOutputs = Readonly<
  Record<
    Exclude<(typeof HOLD_OUTPUTS)[number], 'states' | 'reason_code' | 'result' | keyof PlanOutputs>,
    string
  >
>;

/**
 * Gives the pulled state to the job: saves the facts for post, and prepares the working directory. Returns the outputs.
 */
export async function handOver(
  deps: Pick<Dependencies, 'env' | 'runner' | 'clock'>,
  backend: Backend,
  session: Session,
  pulled: JobState,
): Promise<HoldOutputs> {
  const { runner, env } = deps;
  const { privateDirectory, stateDirectory } = session;
  const resources = pulled.state === undefined ? new Map<string, string>() : pulled.state.valid.resources;
  await writeBaseline(privateDirectory, resources);
  const facts = pulledFacts(pulled);
  runner.saveState(STATE_KEYS.pulled, serializeState(facts));
  const owner = directoryOwner(session, readJob(env), facts.state?.md5 ?? '');
  const { workspace } = backend.address;
  const isThere = facts.state !== undefined;
  if (!(await installPulledState(stateDirectory, owner, { workspace, isThere })))
    throw displaced(backend, session);
  await leadTerraform(deps, session);
  runner.saveState(STATE_KEYS.handedOver, String(deps.clock.now()));
  return toOutputs(session, pulled);
}

/** Another job took the directory while this one pulled, because it got our lock. */
function displaced(backend: Backend, { lock, stateDirectory: directory }: Session): StateError {
  const isLost = lock !== undefined;
  return new StateError(
    isLost ? { reason: 'lock_lost', holder: undefined } : { reason: 'local_state_lost', directory },
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
export function handOverLock(
  { runner }: Pick<Dependencies, 'runner'>,
  { backend, lock }: Session,
): Pick<HoldOutputs, 'workspace' | 'lock_id'> {
  runner.info(LOCK_HANDED_OVER);
  return { workspace: backend.address.workspace, lock_id: lock?.id ?? '' };
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

function toOutputs(session: Session, { state, fingerprint }: JobState): HoldOutputs {
  const { workspace } = session.backend.address;
  return {
    state_path: statePathFor(session.stateDirectory, workspace),
    state_exists: String(state !== undefined),
    workspace,
    serial: state?.valid.header.serial.toString() ?? '',
    lineage: state?.valid.header.lineage ?? '',
    terraform_version: state?.valid.header.terraformVersion ?? '',
    digest: state?.object.facts.md5 ?? '',
    fingerprint,
    version_id: state?.object.versionId ?? '',
    lock_id: session.lock?.id ?? '',
  };
}
