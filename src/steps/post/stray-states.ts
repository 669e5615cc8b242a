import { dirname, join, relative, sep } from 'node:path';
import type { Backend } from '../../backend/settings.ts';
import { hashAndInspectFile, type StateFacts } from '../../backend/state/hash-and-inspect.ts';
import { StateError } from '../../backend/state-error.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import type { Session } from '../../job-state/saved-state.ts';
import { readJob } from '../../runner/job.ts';
import type { PushSide } from '../../statefile/push-rules.ts';
import { ERRORED_FILE } from '../../workspace-files/errored-state.ts';
import { findStateFiles } from '../../workspace-files/find-state-files.ts';
import { keepEach } from './keep-other-states.ts';
import type { PushBase } from './push-base.ts';
import type { PushEnd } from './push-end.ts';

/** The parts of a state that are compared with the one in S3. */
export type StateInStore = Pick<PushSide, 'serial' | 'lineage' | 'content'>;

/**
 * Makes a rescue copy of each state that this job's Terraform wrote into the checkout instead of the pulled state.
 * `inStore`: the state in S3 at the end. Returns the StateError `unpushed_state` with their locations, or nothing.
 */
export async function keepStrayStates(
  deps: Pick<Dependencies, 'env' | 'clock' | 'signal' | 'cleanupSignal'>,
  backend: Backend,
  session: Session,
  inStore: StateInStore | undefined,
): Promise<StateError[]> {
  const { workingDirectory, startedAt } = session;
  if (workingDirectory === undefined || session.push === 'never') return [];
  const strays: string[] = [];
  for (const path of await findStateFiles(readJob(deps.env).workspace, workingDirectory, startedAt)) {
    // This one is handled as the job's state itself.
    if (path === join(workingDirectory, ERRORED_FILE)) continue;
    const facts = await hashAndInspectFile(path);
    const isLocal = isLocalState(relative(workingDirectory, path));
    if (facts !== undefined && isUnpushed(facts, inStore, isLocal)) strays.push(path);
  }
  if (strays.length === 0) return [];
  const paths = await keepEach(deps, backend, session, strays, 'stray');
  return [new StateError({ reason: 'unpushed_state', paths }, backend)];
}

/** Whether the local backend keeps a state there by default. Pure. */
export function isLocalState(below: string): boolean {
  const folder = dirname(below);
  return (
    below === 'terraform.tfstate' ||
    (folder !== '.' && dirname(folder) === 'terraform.tfstate.d' && below.endsWith(`${sep}terraform.tfstate`))
  );
}

/**
 * Whether it is a state of the held infrastructure that continues the one in S3, or one that Terraform created in the
 * held module as if there were none. Copies of what is or was in S3 are no loss. Pure.
 */
export function isUnpushed(
  { inspection }: Pick<StateFacts, 'inspection'>,
  inStore: StateInStore | undefined,
  isLocal: boolean,
): boolean {
  if (inspection.kind !== 'state' || inspection.isEmpty) return false;
  const { serial, lineage } = inspection.header;
  if (inStore === undefined || lineage !== inStore.lineage) return isLocal;
  if (serial === inStore.serial) return inspection.content !== inStore.content;
  return serial > inStore.serial;
}

/** The state in S3 at the end, as far as this job knows. Pure. */
export function stateInStore(
  base: Pick<PushBase, 'state'> | undefined,
  { decision, pushed }: Pick<PushEnd, 'decision' | 'pushed'>,
): StateInStore | undefined {
  if (pushed === undefined || !('local' in decision)) return base?.state;
  const { inspection } = decision.local.facts;
  if (inspection.kind !== 'state') return base?.state;
  const { serial, lineage } = inspection.header;
  return { serial, lineage, content: inspection.content };
}
