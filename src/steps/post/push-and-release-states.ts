import type { Dependencies } from '../../job-state/dependencies.ts';
import { readSavedState } from '../../job-state/saved-state.ts';
import { dependenciesForState } from '../../job-state/several-states.ts';
import { type NamedSummary, renderStatesSummary } from '../../messages/job-summary.ts';
import { summaryNotWrittenText, writeSummary } from '../../messages/write-summary.ts';
import { endHold } from './end-hold.ts';
import { describeRelease, hasSummary, type ReleaseReport } from './report-release.ts';

/**
 * The post step for several states: pushes and releases each, even if others fail, with one block on the job's page.
 * They run in parallel, because a cancelled job gives all of them the time of one. Throws what fails the step.
 */
export async function pushAndReleaseStates(deps: Dependencies, names: readonly string[]): Promise<void> {
  const ends = await Promise.all(
    names.map((name, i) => endOneOfSeveral(dependenciesForState(deps, i, name), name)),
  );
  const summaries = ends.flatMap(({ summary }) => summary ?? []);
  if (summaries.length > 0) await writeSummary(deps, () => renderStatesSummary(summaries));
  const failures = ends.flatMap((end) => end.failures);
  if (failures.length === 0) return;
  throw new AggregateError(failures, 'a state was not pushed or its lock not released');
}

/** The result for one of the states. */
interface StateEnd {
  /** Undefined when there is nothing to report. */
  readonly summary: NamedSummary | undefined;
  readonly failures: readonly unknown[];
}

/** Throws nothing. */
async function endOneOfSeveral(deps: Dependencies, name: string): Promise<StateEnd> {
  let summary: NamedSummary | undefined;
  const gatherSummary = async (report: ReleaseReport): Promise<void> => {
    if (!hasSummary(report)) return;
    try {
      summary = { name, summary: (await describeRelease(deps, report)).summary };
    } catch (error) {
      deps.runner.warning(summaryNotWrittenText(error, deps.clock.now()));
    }
  };
  try {
    const failures = await endHold(deps, readSavedState(deps.env), gatherSummary);
    return { summary, failures };
  } catch (error) {
    return { summary, failures: [error] };
  }
}
