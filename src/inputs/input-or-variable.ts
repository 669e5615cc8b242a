import type { InputReader } from '../runner/inputs.ts';

/** A setting's value, and the environment variable it was taken from; undefined: it is the input's own. */
export interface InputOrVariable {
  readonly value: string;
  readonly variable: string | undefined;
}

/** An input, else the first of the environment's variables that is set. */
export function readInputOrVariable(
  reader: InputReader,
  input: string,
  variables: readonly string[],
): InputOrVariable | undefined {
  const own = reader.text(input);
  if (own !== undefined) return { value: own, variable: undefined };
  for (const variable of variables) {
    const value = reader.environment(variable);
    if (value !== undefined) return { value, variable };
  }
  return undefined;
}

/** The cure for a bad value; one from a variable can't be found in the workflow under the input's name. Pure. */
export function fixFor(given: InputOrVariable | undefined, fix: string): string {
  return given?.variable === undefined ? fix : `it comes from ${given.variable}; ${fix}`;
}
