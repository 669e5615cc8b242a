import type { InputProblem } from '../runner/inputs.ts';

/** A line of a list of states, with the name of its state. */
export interface NamedLine {
  readonly text: string;
  readonly name: string;
}

/** A line, and something of its state that no other line may share. */
export interface LineValue {
  readonly line: NamedLine;
  readonly value: string | undefined;
}

/** A problem for each line whose value an earlier line has. `describe` gets the earlier line and the value. Pure. */
export function findShared(
  input: string,
  values: readonly LineValue[],
  describe: (earlier: NamedLine, value: string) => string,
): InputProblem[] {
  const earlier = new Map<string, NamedLine>();
  const problems: InputProblem[] = [];
  for (const { line, value } of values) {
    if (value === undefined) continue;
    const other = earlier.get(value);
    if (other === undefined) earlier.set(value, line);
    else problems.push({ input, value: line.text, fix: describe(other, value) });
  }
  return problems;
}

/** The problem of each line whose state an earlier line names. `value`: what identifies the state, such as its lock path. */
export function findRepeatedStates(input: string, states: readonly LineValue[]): InputProblem[] {
  return findShared(
    input,
    states,
    ({ name }, path) => `it is the state of ${name}, ${path}: remove one of the two`,
  );
}
