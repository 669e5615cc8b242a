import type { Backend } from '../../backend/settings.ts';
import type { ReadOutputs } from '../../backend/state/read-outputs.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { brokenWarning, comparedLine, nothingEarlierNotice } from '../../messages/outputs-compare-text.ts';
import { stateUrl } from '../../messages/state-url.ts';
import type { Runner } from '../../runner/runner.ts';
import { type ComparedOutputs, type EarlierState, NOTHING } from './compare-states.ts';
import type { OutputsInputs } from './outputs-inputs.ts';
import { readEarlierFile, readEarlierVersion, toEarlierState } from './read-earlier.ts';
import type { SelectedState } from './select.ts';
import { isSelectedFrom } from './select-named.ts';

/** The outputs to compare with those of the states. */
export interface OtherOutputs {
  /** What they are called. */
  readonly name: string;
  /** Of each state, for the comparison in a comment and on the job's page. */
  readonly shown: readonly SelectedState[];
  /** The same for the lists of what changed; undefined when these were not requested. */
  readonly earlier: readonly EarlierState[] | undefined;
}

/**
 * Reads what `compare_with` names; `rest` are the states of its workspace. Errors: OutputsRefused `compare_not_found`
 * or `compare_unreadable`; those of the reads.
 */
export async function readOther(
  deps: Pick<Dependencies, 'runner'>,
  backend: Backend,
  inputs: OutputsInputs,
  states: readonly SelectedState[],
  rest: readonly (ReadOutputs | undefined)[],
): Promise<OtherOutputs | undefined> {
  const { compareWith } = inputs;
  if (compareWith === undefined) return undefined;
  const name = describeOther(inputs, compareWith);
  const found = await readEarlier(backend, inputs, compareWith, rest);
  if (found.every((state) => state === undefined)) deps.runner.notice(nothingEarlierNotice(name));
  const earlier = states.map((_, i) => found[i] ?? NOTHING);
  return { name, earlier, shown: states.map((state, i) => asShown(state, earlier[i] ?? NOTHING, inputs)) };
}

async function readEarlier(
  backend: Backend,
  { listedBy, names, decryption, lookups }: OutputsInputs,
  compare: NonNullable<OutputsInputs['compareWith']>,
  rest: readonly (ReadOutputs | undefined)[],
): Promise<readonly (EarlierState | undefined)[]> {
  if (compare.kind === 'workspace') {
    return rest.map((read, i) => read && toEarlierState(read, lookups[i] ?? []));
  }
  if (compare.kind === 'file') return (await readEarlierFile(compare.path, listedBy, names)) ?? [];
  return [await readEarlierVersion(backend, compare, decryption, lookups[0] ?? [])];
}

function describeOther(
  { compareBackends }: OutputsInputs,
  compare: NonNullable<OutputsInputs['compareWith']>,
): string {
  const [first, ...others] = compareBackends;
  switch (compare.kind) {
    case 'workspace':
      return first === undefined || others.length > 0 ? `workspace ${compare.workspace}` : stateUrl(first);
    case 'file':
      return compare.path;
    case 'version':
      return `version ${compare.versionId}`;
    case 'fingerprint':
      return `fingerprint ${compare.fingerprint}`;
  }
}

/** If it is unknown whether an earlier value was sensitive, the output's current mark counts. */
function asShown(
  state: SelectedState,
  { outputs, isWhole }: EarlierState,
  { select, listedBy }: OutputsInputs,
): SelectedState {
  const marked = new Set(state.outputs.flatMap(({ name, sensitive }) => (sensitive ? [name] : [])));
  const lookups = new Set(state.outputs.flatMap(({ name, isLookup }) => (isLookup === true ? [name] : [])));
  const isShown = (output: string) =>
    lookups.has(output) || isSelectedFrom(select, listedBy, { state: state.name, output });
  const shown = [...outputs].filter(([output]) => isShown(output));
  return {
    ...state,
    outputs: shown.map(([name, output]) => ({
      name,
      ...output,
      sensitive: output.sensitive || (!isWhole && marked.has(name)),
      isDefault: false,
    })),
  };
}

/** Reports the result of the comparison. A change that breaks readers is a warning. */
export function noteComparison(
  runner: Pick<Runner, 'info' | 'warning'>,
  name: string,
  compared: ComparedOutputs,
): void {
  runner.info(comparedLine(name, compared));
  const { removed, retyped } = compared;
  if (removed.length + retyped.length > 0) runner.warning(brokenWarning(removed, retyped, name));
}
