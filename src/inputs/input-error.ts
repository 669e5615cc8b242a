import type { InputProblem } from '../runner/inputs.ts';

/** All problems with the inputs, in one error (docs/design.md#inputs-are-read-once). */
export class InputError extends Error {
  readonly problems: readonly InputProblem[];

  constructor(problems: readonly InputProblem[]) {
    super(problems.map(({ input }) => input).join(', '));
    this.name = 'InputError';
    this.problems = problems;
  }
}
