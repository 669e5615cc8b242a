import { join } from 'node:path';
import type { Backend } from '../../backend/settings.ts';
import { hashAndInspectFile, type StateFacts } from '../../backend/state/hash-and-inspect.ts';
import { StateError } from '../../backend/state-error.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import type { Session } from '../../job-state/saved-state.ts';
import {
  type ErroredStateReason,
  erroredStateLeftText,
  erroredStateTakenText,
} from '../../messages/errored-state-text.ts';
import { copyState } from '../../workspace-files/copy-state.ts';
import { findErroredState } from '../../workspace-files/errored-state.ts';
import { keepEach } from './keep-other-states.ts';
import type { PushBase } from './push-base.ts';
import type { LocalState } from './push-decision.ts';
import type { StateInStore } from './stray-states.ts';

/**
 * The job's state: an `errored.tfstate` that its Terraform left in the working directory, if that is newer than
 * `local`, or else `local`. The file stays in any case. Throws when the disk fails.
 */
export async function orErroredState(
  { runner, clock, signal }: Pick<Dependencies, 'runner' | 'clock' | 'signal'>,
  { workingDirectory, privateDirectory, startedAt, erroredBefore }: Session,
  base: Pick<PushBase, 'state'>,
  local: LocalState | undefined,
): Promise<LocalState | undefined> {
  if (workingDirectory === undefined) return local;
  const path = await findErroredState(workingDirectory, startedAt, erroredBefore);
  if (path === undefined) return local;
  const errored = await copyState(path, join(privateDirectory, 'post', 'errored'), clock, signal);
  if (errored === undefined) return local;
  const why = whyNotTaken(base, local, errored.facts);
  if (why !== undefined) {
    runner.warning(erroredStateLeftText(path, why));
    return local;
  }
  runner.notice(erroredStateTakenText(path));
  return errored;
}

/**
 * Makes a rescue copy of this job's `errored.tfstate` if S3 does not contain it at the end. Returns the StateError
 * `errored_state` with its location, or nothing. Throws when the disk fails.
 */
export async function keepErroredState(
  deps: Pick<Dependencies, 'env' | 'clock' | 'signal' | 'cleanupSignal'>,
  backend: Backend,
  session: Session,
  inStore: StateInStore | undefined,
): Promise<StateError[]> {
  const { workingDirectory, startedAt, erroredBefore } = session;
  if (workingDirectory === undefined || session.push === 'never') return [];
  const path = await findErroredState(workingDirectory, startedAt, erroredBefore);
  const facts = path === undefined ? undefined : await hashAndInspectFile(path);
  if (path === undefined || facts === undefined || isInStore(facts, inStore)) return [];
  const paths = await keepEach(deps, backend, session, [path], 'errored');
  return [new StateError({ reason: 'errored_state', paths }, backend)];
}

/** Whether nothing would be lost with it: S3 contains the same state, or the file contains none. Pure. */
export function isInStore({ size, inspection }: StateFacts, inStore: StateInStore | undefined): boolean {
  if (inspection.kind !== 'state') return size === 0;
  const { serial, lineage } = inspection.header;
  if (inspection.isEmpty) return true;
  return (
    inStore !== undefined &&
    serial === inStore.serial &&
    lineage === inStore.lineage &&
    inspection.content === inStore.content
  );
}

/** Undefined when it is the job's last state. Pure. */
export function whyNotTaken(
  base: Pick<PushBase, 'state'>,
  local: LocalState | undefined,
  { inspection }: StateFacts,
): ErroredStateReason | undefined {
  if (inspection.kind !== 'state') return { kind: 'no_whole_state' };
  const { lineage, serial } = inspection.header;
  const here = local?.facts.inspection;
  const before = here?.kind === 'state' ? here.header : base.state;
  if (before === undefined) return undefined;
  if (before.lineage !== lineage) return { kind: 'lineage_differs', lineage, expected: before.lineage };
  return serial > before.serial ? undefined : { kind: 'serial_not_higher', serial, than: before.serial };
}
