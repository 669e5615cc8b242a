import { createInputReader, type InputProblem, inputVariable } from '../runner/inputs.ts';
import { type BackendInputs, readBackendInputs } from './backend-inputs.ts';
import type { InputSources } from './input-sources.ts';

/** An input that stands in for one of the backend's own. */
export interface Replacement {
  readonly input: string;
  readonly value: string;
  /** What the backend gets in the place of the value, where that is not the same. */
  readonly backendValue?: string;
}

/** Inputs that stand in for the backend's own, by the backend's names. */
export type Replacements = Readonly<Record<string, Replacement>>;

/** The backend's settings with some inputs replaced, and all that is wrong with them. */
export interface ReplacedBackend extends BackendInputs {
  readonly problems: readonly InputProblem[];
}

/** The backend's inputs with some of them replaced; a problem is told of the input that has it. Pure. */
export function readBackendAs(
  replacements: Replacements,
  { env, job, profileRegion, given }: InputSources,
): ReplacedBackend {
  const replaced = Object.entries(replacements).map(([name, { value, backendValue }]) => [
    inputVariable(name),
    backendValue ?? value,
  ]);
  const reader = createInputReader({ ...env, ...Object.fromEntries(replaced) }, given);
  const backend = readBackendInputs(reader, job, profileRegion);
  const problems = reader.problems.map((problem) => {
    const replacement = replacements[problem.input];
    if (replacement === undefined) return problem;
    return { ...problem, input: replacement.input, value: replacement.value };
  });
  return { ...backend, problems };
}
