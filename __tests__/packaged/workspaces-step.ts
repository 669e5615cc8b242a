import type { StageResult } from '../support/runner.ts';
import { runAction } from './run-action.ts';
import type { Testbed } from './support.ts';

/** Runs the workspaces action at a testbed. */
export function runWorkspaces(testbed: Testbed, inputs: Record<string, string>): Promise<StageResult> {
  return runAction('workspaces', testbed, inputs);
}
