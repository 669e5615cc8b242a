import type { StageResult } from '../support/runner.ts';
import { runAction } from './run-action.ts';
import type { Testbed } from './support.ts';

/** Runs the history action at a testbed. */
export function runHistory(testbed: Testbed, inputs: Record<string, string>): Promise<StageResult> {
  return runAction('history', testbed, inputs);
}
