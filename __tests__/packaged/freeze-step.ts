import type { StageResult } from '../support/runner.ts';
import { actionFolder, runAction } from './run-action.ts';
import type { Testbed } from './support.ts';

/** Folder of the action. */
export const FREEZE = actionFolder('freeze');

/** Runs the freeze action at a testbed. */
export function runFreeze(testbed: Testbed, inputs: Record<string, string>): Promise<StageResult> {
  return runAction('freeze', testbed, inputs);
}
