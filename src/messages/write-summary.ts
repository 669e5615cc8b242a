import type { Runner } from '../runner/runner.ts';
import type { Clock } from '../time/clock.ts';
import { explain } from './explain.ts';

/** What writing on the job's page needs of the world. */
export interface SummaryDependencies {
  readonly runner: Pick<Runner, 'summary' | 'warning'>;
  /** Milliseconds since the epoch. */
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Writes one block of Markdown on the job's page. A block that can't be made or written is a warning: the work itself is
 * done. Throws nothing.
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
