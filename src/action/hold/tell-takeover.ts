import type { StatePlace } from '../../backend/faults.ts';
import type { FoundLock } from '../../backend/lock.ts';
import type { Dependencies } from '../dependencies.ts';
import { explain } from '../words/explain.ts';
import { takeoverSummary, takeoverText } from '../words/takeover-text.ts';

/** Says whose locks were taken over, with all that is known of them, in a notice and on the job's page. */
export async function tellTakeover(
  { runner, clock }: Pick<Dependencies, 'runner' | 'clock'>,
  place: StatePlace,
  broken: readonly FoundLock[],
): Promise<void> {
  if (broken.length === 0) return;
  const now = clock.now();
  runner.notice(takeoverText(place, broken, now));
  try {
    await runner.summary(takeoverSummary(place, broken, now));
  } catch (error) {
    runner.warning(`The summary could not be written: ${explain(error, now)}`);
  }
}
