import type { Runner } from '../runner/runner.ts';
import type { Clock } from '../time/clock.ts';
import { explain } from './explain.ts';

/** What writing to the job's page needs. */
export interface SummaryDependencies {
  readonly runner: Pick<Runner, 'summary' | 'warning'>;
  /** Milliseconds since the epoch. */
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Writes one block of Markdown to the job's page. If that fails, it only warns, because the work itself is done. Throws nothing.
 */
export async function writeSummary(
  { runner, clock }: SummaryDependencies,
  render: () => string | Promise<string>,
): Promise<void> {
  const now = clock.now();
  try {
    await runner.summary(await render());
  } catch (error) {
    runner.warning(summaryNotWrittenText(error, now));
  }
}

/** `now` in ms since the epoch. */
export function summaryNotWrittenText(error: unknown, now: number): string {
  return `The summary could not be written: ${explain(error, now)}`;
}
