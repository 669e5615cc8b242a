import type { RepairOutcome } from '../backend/state/repair-digest.ts';
import type { StateScope } from '../backend/state-error.ts';
import type { Dependencies } from '../job-state/dependencies.ts';
import { explain } from './explain.ts';
import { repairedText } from './takeover-text.ts';

/** Reports the outcome of the search for a missing digest. */
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
