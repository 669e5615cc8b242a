import { type Action, runAction } from '../../action/run-action.ts';
import type { ReadOutputs } from '../../backend/state/read-outputs.ts';
import type { ConnectDependencies } from '../../connection/connect-backend.ts';
import { openConnections, withBackend } from '../../connection/connect-backend.ts';
import { readActionInputs } from '../../inputs/read-action-inputs.ts';
import { stateUrl } from '../../messages/state-url.ts';
import type { Job } from '../../runner/job.ts';
import { maskableParts } from '../../runner/runner.ts';
import { checkPlan } from './check-plan.ts';
import { compareStates } from './compare-states.ts';
import { addLookups, findLookups } from './lookups.ts';
import { type OutputsInputs, readOutputsInputs } from './outputs-inputs.ts';
import { comparisonOutputs, ownOutputs } from './own-outputs.ts';
import { planOutputs } from './plan.ts';
import { type OutputsDependencies, publishStates } from './publish-states.ts';
import { noteComparison, type OtherOutputs, readOther } from './read-other.ts';
import { readStates, selectFrom } from './read-states.ts';
import { renderFile } from './render-file.ts';
import { describeEnd, describeOutputsFailure, type OutputsEnd } from './report-outputs.ts';
import { type SelectedState, selectOutputs } from './select.ts';
import { maskOutputs, noteOutputs, setOutputs } from './set-outputs.ts';
import { writeOutputsFile } from './write-outputs-file.ts';

/**
 * The outputs action: reads the root outputs of states, passes them to the job and publishes them. It never locks and
 * never writes to AWS. Errors are thrown, for the entry to explain. One before the first output is set leaves none set.
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
    secretInputs: ['github_token', 'encryption_passphrase'],
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
  for (const passphrase of inputs.decryption?.passphrases ?? []) deps.runner.mask(passphrase);
  const { states, other } = await readAll(deps, inputs);
  const plan = planOutputs(states, inputs);
  checkPlan(states, plan, inputs.sensitive);
  const file = inputs.file && renderFile(plan.settings, { ...inputs, file: inputs.file });
  const compared = other?.earlier && compareStates(states, other.earlier, inputs);
  const facts = { ...ownOutputs(states, inputs.listedBy), ...comparisonOutputs(compared) };
  const own = { ...facts, outputs_file: inputs.file?.path ?? '' };
  maskOutputs(deps.runner, plan);
  if (inputs.file !== undefined && file !== undefined)
    await writeOutputsFile(deps, job, inputs.file, file, plan.settings.length);
  setOutputs(deps.runner, plan, own);
  noteOutputs(deps.runner, plan, own, masks);
  if (other !== undefined && compared !== undefined) noteComparison(deps.runner, other.name, compared);
  await publishStates(deps, job, inputs.publish, states, other, masks);
  return { states, plan, listedBy: inputs.listedBy };
}

/** The requested states with the results of lookups, and what they are compared with. */
async function readAll(
  deps: ConnectDependencies,
  inputs: OutputsInputs,
): Promise<{ readonly states: readonly SelectedState[]; readonly other: OtherOutputs | undefined }> {
  const { backends, compare, compareBackends, decryption, allowMissing } = inputs;
  return await withBackend(deps, backends[0], async (backend) => {
    await openConnections(backend);
    const addresses = backends.map(({ address }) => address);
    const others = compare === undefined ? compareBackends : [compare];
    const all = [...addresses, ...others.map(({ address }) => address)];
    const lookups = [...inputs.lookups, ...others.map((_, i) => inputs.lookups[i] ?? [])];
    const read = await readStates(deps, backend, all, inputs.source, { lookups, decryption, allowMissing });
    const states = addLookups(selectFrom(addresses, read, inputs), read, inputs);
    const rest = read.slice(addresses.length);
    if (compare === undefined) return { states, other: await readOther(deps, backend, inputs, states, rest) };
    return { states, other: selectCompared(compare, rest[0], states, inputs) };
  });
}

/** The one state that all others are compared with. */
function selectCompared(
  { address }: NonNullable<OutputsInputs['compare']>,
  read: ReadOutputs | undefined,
  states: readonly SelectedState[],
  inputs: OutputsInputs,
): OtherOutputs {
  const selected = selectOutputs(address, read, inputs);
  const outputs = [...selected.outputs, ...findLookups(inputs.lookups[0] ?? [], read)];
  const compared = { ...selected, outputs };
  return { name: stateUrl(compared), shown: states.map(() => compared), earlier: undefined };
}
