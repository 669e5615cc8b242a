import { createReadStream } from 'node:fs';
import type { Backend } from '../../backend/settings.ts';
import { READ_CHUNK } from '../../backend/state/hash-and-inspect.ts';
import { storePublishedOutputs } from '../../backend/state/published-outputs.ts';
import { StateError } from '../../backend/state-error.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import type { Session } from '../../job-state/saved-state.ts';
import { publishedLine } from '../../messages/push-text.ts';
import { publishedUrl } from '../../messages/state-url.ts';
import type { StateHeader } from '../../statefile/header.ts';
import { createOutputsReader, type StateOutputs } from '../../statefile/outputs.ts';
import { printPublishedOutputs } from '../../statefile/published-outputs.ts';
import type { PushBase } from './push-base.ts';
import type { LocalState } from './push-decision.ts';
import type { PushEnd } from './push-end.ts';

/** The result of the push, and what it was based on. */
export interface PushedWork {
  /** The base of the push, after what was pushed before it. */
  readonly knownBase: PushBase | undefined;
  readonly push: PushEnd | undefined;
  /** The job's state as it was last read. */
  readonly local: LocalState | undefined;
}

/**
 * With `publish_outputs`, writes the outputs that are not sensitive beside the state in S3, while the lock is still
 * held. It also does so without a push if the published outputs are missing or old. Throws nothing, because the lock
 * must still be released. Returns the StateError `outputs_not_published`, or nothing.
 */
export async function publishOutputs(
  deps: Pick<Dependencies, 'runner' | 'signal'>,
  backend: Backend,
  session: Session,
  work: PushedWork,
): Promise<StateError[]> {
  const header = session.publishOutputs ? storedHeader(work) : undefined;
  if (header === undefined || work.local === undefined) return [];
  const where = publishedUrl(backend);
  try {
    deps.signal.throwIfAborted();
    const outputs = await readStateOutputs(work.local.copy);
    const isWritten = await storePublishedOutputs(backend, printPublishedOutputs(header, outputs));
    deps.runner.info(publishedLine(where, isWritten));
    return [];
  } catch (cause) {
    return [new StateError({ reason: 'outputs_not_published', cause }, backend)];
  }
}

/** The header of the state in S3, if it is the job's; undefined when it is somebody else's, or there is none. Pure. */
export function storedHeader({ knownBase, push, local }: PushedWork): StateHeader | undefined {
  if (push === undefined || push.error !== undefined || local === undefined) return undefined;
  const { kind } = push.decision;
  const { inspection } = local.facts;
  const isPushed = push.pushed !== undefined && (kind === 'push' || kind === 'checkpointed');
  if (isPushed) return inspection.kind === 'state' ? inspection.header : undefined;
  if (kind !== 'unchanged' || knownBase?.state === undefined) return undefined;
  const { serial, lineage } = knownBase.state;
  return { serial, lineage, terraformVersion: undefined };
}

async function readStateOutputs(path: string): Promise<StateOutputs['outputs']> {
  const reader = createOutputsReader();
  for await (const chunk of createReadStream(path, { highWaterMark: READ_CHUNK })) {
    if (reader.write(chunk)) break;
  }
  const end = reader.end();
  if (end.kind === 'invalid') throw new Error(`the job's state can't be read: ${end.detail}`);
  return end.state.outputs;
}
