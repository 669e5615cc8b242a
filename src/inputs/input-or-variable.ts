import type { InputReader } from '../runner/inputs.ts';
import { listVariables } from './backend-block/setting-variables.ts';

/** A setting's value, and the environment variable that it came from; undefined for the input itself. */
export interface InputOrVariable {
  readonly value: string;
  readonly variable: string | undefined;
}

/** An input, or else the first of its environment variables that is set. */
export function readInputOrVariable(reader: InputReader, input: string): InputOrVariable | undefined {
  const own = reader.text(input);
  if (own !== undefined) return { value: own, variable: undefined };
  return readVariable(reader, listVariables(input));
}

/** The first variable that is set. */
export function readVariable(
  reader: InputReader,
  variables: readonly string[],
): { readonly value: string; readonly variable: string } | undefined {
  for (const variable of variables) {
    const value = reader.environment(variable);
    if (value !== undefined) return { value, variable };
  }
  return undefined;
}

/** The fix for a bad value. It names the variable if the value came from one: the workflow has no such input then. Pure. */
export function fixFor(given: InputOrVariable | undefined, fix: string): string {
  return given?.variable === undefined ? fix : `it comes from ${given.variable}; ${fix}`;
}

/**
 * Records a problem with a setting's value. A variable that gives several settings is named once, for the first of them.
 * `shown`: the value without its secrets.
 */
export function rejectGiven(
  reader: InputReader,
  input: string,
  given: InputOrVariable | undefined,
  shown: string,
  fix: string,
): void {
  const whole = fixFor(given, fix);
  const isShared = given?.variable !== undefined;
  if (isShared && reader.problems.some((problem) => problem.value === shown && problem.fix === whole)) return;
  reader.reject(input, shown, whole);
}
