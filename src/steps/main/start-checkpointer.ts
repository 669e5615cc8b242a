import { startCheckpointerProcess } from '../../job-processes/start-checkpointer-process.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import type { PulledFacts } from '../../job-state/saved-state.ts';
import { checkpointerNotStartedText } from '../../messages/checkpointer-text.ts';
import { explain } from '../../messages/explain.ts';
import type { HeldAttempt } from './hold-outputs.ts';

/**
 * Starts the checkpointer if it has something to do: a lock to keep alive. If it can't be started, that is only a
 * warning, because the job works without it.
 */
export async function startCheckpointer(
  deps: Pick<Dependencies, 'env' | 'runner' | 'clock' | 'processes'>,
  { session, times }: HeldAttempt,
  pulled: PulledFacts | undefined,
): Promise<void> {
  if (session.mode !== 'hold' || session.lock === undefined || session.checkpointMs === 0) return;
  try {
    await startCheckpointerProcess(deps, { session, times, pulled });
  } catch (error) {
    deps.runner.warning(checkpointerNotStartedText(explain(error, deps.clock.now())));
  }
}
