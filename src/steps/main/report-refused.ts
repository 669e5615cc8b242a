import { type CurrentObject, StateError, type StateScope } from '../../backend/state-error.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { explain } from '../../messages/explain.ts';
import { renderRefused } from '../../messages/refused-page.ts';
import { writeSummary } from '../../messages/write-summary.ts';

/** Shows on the job's page why a plan or a gate refuses the job. Does nothing for errors of another kind. Throws nothing. */
export async function reportRefused(
  deps: Pick<Dependencies, 'runner' | 'clock'>,
  scope: StateScope,
  error: unknown,
  current: CurrentObject | undefined,
): Promise<void> {
  const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  if (!errors.every((one) => one instanceof StateError)) return;
  const now = deps.clock.now();
  const problems = errors.map((one) => explain(one, now));
  await writeSummary(deps, () => renderRefused(scope, problems, current));
}
