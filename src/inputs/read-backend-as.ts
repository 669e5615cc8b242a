import { createInputReader, type InputProblem, inputVariable } from '../runner/inputs.ts';
import { type BackendInputs, readBackendInputs } from './backend-inputs.ts';
import type { InputSources } from './input-sources.ts';

/** An input that replaces one of the backend's own. */
export interface Replacement {
  readonly input: string;
  readonly value: string;
  /** The value for the backend, if it differs. */
  readonly backendValue?: string;
}

/** Inputs that replace the backend's own, by the backend's names. */
export type Replacements = Readonly<Record<string, Replacement>>;

/** The backend's settings with some inputs replaced, and all problems with them. */
export interface ReplacedBackend extends BackendInputs {
  readonly problems: readonly InputProblem[];
}

/**
 * The backend's inputs with some of them replaced. Problems name the input that was given. Those of `given` are for the
 * caller's own reader to report. Pure.
 */
export function readBackendAs(
  replacements: Replacements,
  { env, job, profileRegion, given }: InputSources,
): ReplacedBackend {
  const replaced = Object.entries(replacements).map(([name, { value, backendValue }]) => [
    inputVariable(name),
    backendValue ?? value,
  ]);
  const reader = createInputReader({ ...env, ...Object.fromEntries(replaced) }, { ...given, problems: [] });
  const backend = readBackendInputs(reader, job, profileRegion);
  const problems = reader.problems.map((problem) => {
    const replacement = replacements[problem.input];
    if (replacement === undefined) return problem;
    return { ...problem, input: replacement.input, value: replacement.value };
  });
  return { ...backend, problems };
}

/** Reads the backend's inputs once for each of several states. */
export interface BackendsReader {
  read(replacements: Replacements): ReplacedBackend;
  /** The problems of all of them, each once. */
  problems(): InputProblem[];
}

/** Creates a reader of the same inputs for several states. */
export function createBackendsReader(sources: InputSources): BackendsReader {
  const problems = new Map<string, InputProblem>();
  return {
    read: (replacements) => {
      const backend = readBackendAs(replacements, sources);
      for (const problem of backend.problems) problems.set(JSON.stringify(problem), problem);
      return backend;
    },
    problems: () => [...problems.values()],
  };
}
