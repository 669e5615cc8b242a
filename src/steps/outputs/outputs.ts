import { type Action, runAction } from '../../action/run-action.ts';
import type { Backend } from '../../backend/settings.ts';
import { connectBackend } from '../../connection/connect-backend.ts';
import { readActionInputs } from '../../inputs/read-action-inputs.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import type { Job } from '../../runner/job.ts';
import { maskableParts } from '../../runner/runner.ts';
import { checkPlan } from './check-plan.ts';
import { type OutputsInputs, readOutputsInputs } from './outputs-inputs.ts';
import { ownOutputs } from './own-outputs.ts';
import { planOutputs } from './plan.ts';
import { type OutputsDependencies, publishStates } from './publish-states.ts';
import { readStates, selectFrom } from './read-states.ts';
import { renderFile } from './render-file.ts';
import { describeEnd, describeOutputsFailure, type OutputsEnd } from './report-outputs.ts';
import { type SelectedState, selectOutputs } from './select.ts';
import { maskOutputs, noteOutputs, setOutputs } from './set-outputs.ts';
import { writeOutputsFile } from './write-outputs-file.ts';

/**
 * The outputs action: reads the root outputs of states, hands them to the job and publishes them. It never locks and
 * never writes to AWS. Errors are thrown, for the entry to explain; the ones before the first output is set leave none set.
 */
export async function outputs(given: OutputsDependencies): Promise<void> {
  const masks = new Set<string>();
  const mask = (value: string): void => {
    for (const part of maskableParts(value)) masks.add(part);
    given.runner.mask(value);
  };
  const deps = { ...given, runner: { ...given.runner, mask } };
  await runAction(deps, createOutputsAction(masks));
}

function createOutputsAction(
  masks: ReadonlySet<string>,
): Action<OutputsDependencies, OutputsInputs, OutputsEnd> {
  return {
    secretInputs: ['github_token'],
    readInputs: (deps, job) => readActionInputs(deps, job, readOutputsInputs),
    work: (deps, inputs, job) => handOver(deps, job, inputs, masks),
    describeEnd,
    describeFailure: describeOutputsFailure,
  };
}

async function handOver(
  deps: OutputsDependencies,
  job: Job,
  inputs: OutputsInputs,
  masks: ReadonlySet<string>,
): Promise<OutputsEnd> {
  const { states, compared } = await readAll(deps, inputs);
  const plan = planOutputs(states, inputs);
  checkPlan(states, plan, inputs.sensitive);
  const file = inputs.file && renderFile(plan.settings, { ...inputs, file: inputs.file });
  const facts = ownOutputs(states, inputs.listedBy);
  const own = { ...facts, outputs_file: inputs.file?.path ?? '' };
  maskOutputs(deps.runner, plan);
  if (inputs.file !== undefined && file !== undefined)
    await writeOutputsFile(deps, job, inputs.file, file, plan.settings.length);
  setOutputs(deps.runner, plan, own);
  noteOutputs(deps.runner, plan, own, masks);
  await publishStates(deps, job, inputs.publish, states, compared, masks);
  return { states, plan, listedBy: inputs.listedBy };
}

/** The states that were asked for and, beside them, the one that they are compared with, which may lack anything. */
async function readAll(
  deps: Dependencies,
  inputs: OutputsInputs,
): Promise<{ readonly states: readonly SelectedState[]; readonly compared: SelectedState | undefined }> {
  const { backends, compare } = inputs;
  const backend: Backend = connectBackend(deps, backends[0]);
  try {
    const addresses = backends.map(({ address }) => address);
    const others = compare === undefined ? [] : [compare.address];
    const read = await readStates(deps, backend, [...addresses, ...others], inputs.source);
    return {
      states: selectFrom(addresses, read, inputs),
      compared: compare && selectOutputs(compare.address, read[addresses.length], inputs),
    };
  } finally {
    backend.aws.destroy();
  }
}
