import type { RepairOutcome } from '../backend/state/repair-digest.ts';
import type { StateScope } from '../backend/state-error.ts';
import type { Dependencies } from '../job-state/dependencies.ts';
import { explain } from './explain.ts';
import { repairedText } from './takeover-text.ts';

/** Says what came of a look for a digest that the state lacks. */
export function reportRepair(
  { runner, clock }: Pick<Dependencies, 'runner' | 'clock'>,
  scope: StateScope,
  outcome: RepairOutcome,
): void {
  if (outcome.kind === 'repaired') runner.notice(repairedText(scope, outcome));
  if (outcome.kind === 'failed') {
    runner.info(
      `The action could not check whether the state has its digest. ${explain(outcome.error, clock.now())}`,
    );
  }
}
