import { readRunEvent } from '../../github/run-event.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import type { Job } from '../../runner/job.ts';
import { printJson } from '../../statefile/json-tree.ts';
import { type PublishDependencies, publishOutputs } from './publish/publish.ts';
import type { PublishInputs } from './publish/publish-inputs.ts';
import type { PublishedState } from './publish/published.ts';
import type { SelectedOutput, SelectedState } from './select.ts';
import { hasMasked } from './set-outputs.ts';

/** Everything through which the step reaches the outside world, including GitHub's comments. */
export type OutputsDependencies = Dependencies & Pick<PublishDependencies, 'connectGitHub'>;

/**
 * Publishes the selected outputs, if requested. `masks`: everything that this step has masked, which a comment does not
 * show either. Errors: NotPublished, only when a comment is required.
 */
export async function publishStates(
  deps: OutputsDependencies,
  job: Job,
  inputs: PublishInputs,
  states: readonly SelectedState[],
  compared: { readonly name: string; readonly shown: readonly SelectedState[] } | undefined,
  masks: ReadonlySet<string>,
): Promise<void> {
  if (!inputs.summary && !inputs.comment) return;
  const isMasked = hasMasked(masks);
  const published = (state: SelectedState) => asPublished(state, isMasked);
  const other = compared && { name: compared.name, states: compared.shown.map(published) };
  const event = inputs.comment ? await readRunEvent(deps.env) : { name: '', payload: undefined, sha: '' };
  const request = { inputs, job, states: states.map(published), other, isMasked };
  await publishOutputs({ ...deps, event }, request);
}

/** Removes everything of a sensitive value, even if it is part of an output that is not marked. */
export function asPublished(
  { address, header, outputs }: SelectedState,
  isMasked: (text: string) => boolean,
): PublishedState {
  const isHidden = ({ value, sensitive }: SelectedOutput) =>
    sensitive || isMasked(typeof value === 'string' ? value : printJson(value));
  return {
    address,
    serial: header?.serial,
    outputs: outputs.map((output) => {
      const { name, type, value } = output;
      return isHidden(output) ? { name, type: withoutFields(type), value: undefined } : { name, type, value };
    }),
  };
}

/** Names of fields may reveal what is hidden. Only the kind of a type with names remains. */
function withoutFields(type: string): string {
  return type.includes('object({ ') ? (type.split('(', 1)[0] ?? '') : type;
}
