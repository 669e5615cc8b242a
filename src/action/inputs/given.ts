import type { InputReader } from '../../runner/inputs.ts';

/** A setting's value, and the environment variable it was taken from; undefined: it is the input's own. */
export interface Given {
  readonly value: string;
  readonly variable: string | undefined;
}

/** An input, else the first of the environment's variables that is set. */
export function readGiven(
  reader: InputReader,
  input: string,
  variables: readonly string[],
): Given | undefined {
  const own = reader.text(input);
  if (own !== undefined) return { value: own, variable: undefined };
  for (const variable of variables) {
    const value = reader.environment(variable);
    if (value !== undefined) return { value, variable };
  }
  return undefined;
}

/** The cure for a bad value; one from a variable can't be found in the workflow under the input's name. Pure. */
export function cureFor(given: Given | undefined, cure: string): string {
  return given?.variable === undefined ? cure : `it comes from ${given.variable}; ${cure}`;
}
