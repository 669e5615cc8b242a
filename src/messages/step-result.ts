import type { Runner } from '../runner/runner.ts';

/** Of the `result` output of every action. It changes when a member changes its meaning or goes. */
const SCHEMA_VERSION = 1;

/** What a step came to: `reason_code` for workflows to branch on, and what else `result` has. */
export interface StepResult {
  readonly code: string;
  readonly ok: boolean;
  readonly details: Readonly<Record<string, unknown>>;
}

/** How the end of a step and its failure are told. */
export interface ResultOf<End> {
  success(end: End): StepResult;
  /** `ok` is false by nature. */
  failure(error: unknown): Omit<StepResult, 'ok'>;
}

/**
 * Runs a step and sets `reason_code` and `result` on every way out of it. Returns what the step came to, and throws what it
 * threw.
 */
export async function withResult<End>(
  runner: Pick<Runner, 'output'>,
  { success, failure }: ResultOf<End>,
  step: () => Promise<End>,
): Promise<End> {
  try {
    const end = await step();
    setResult(runner, success(end));
    return end;
  } catch (error) {
    setResult(runner, { ok: false, ...failure(error) });
    throw error;
  }
}

function setResult(runner: Pick<Runner, 'output'>, { code, ok, details }: StepResult): void {
  runner.output('reason_code', code);
  runner.output(
    'result',
    JSON.stringify({ schema_version: SCHEMA_VERSION, ok, reason_code: code, ...details }),
  );
}
