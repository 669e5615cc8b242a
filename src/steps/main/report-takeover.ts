import type { FoundLock } from '../../backend/lock/lock-store.ts';
import type { StateScope } from '../../backend/state-error.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { takeoverSummary, takeoverText } from '../../messages/takeover-text.ts';
import { writeSummary } from '../../messages/write-summary.ts';

/** Reports whose locks were taken over, with everything known about them, in a notice and on the job's page. */
export async function reportTakeover(
  { runner, clock }: Pick<Dependencies, 'runner' | 'clock'>,
  scope: StateScope,
  broken: readonly FoundLock[],
): Promise<void> {
  if (broken.length === 0) return;
  const now = clock.now();
  runner.notice(takeoverText(scope, broken, now));
  await writeSummary({ runner, clock }, () => takeoverSummary(scope, broken, now));
}
