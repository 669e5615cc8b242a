import type { Dependencies } from '../job-state/dependencies.ts';
import { STATE_KEYS } from '../job-state/saved-state.ts';
import { checkpointerEnvironment, checkpointerHandOver, type HeldState } from './checkpointer-hand-over.ts';

/** Starts the process that runs beside the job, and saves its id for post. Throws when it can't be started. */
export async function startCheckpointerProcess(
  deps: Pick<Dependencies, 'env' | 'runner' | 'processes'>,
  held: HeldState,
): Promise<void> {
  const { runner, env, processes } = deps;
  const args = [held.session.privateDirectory, String(processes.parent ?? '')];
  const input = checkpointerHandOver(env, held);
  const pid = await processes.start('checkpointer', { args, env: checkpointerEnvironment(env), input });
  runner.saveState(STATE_KEYS.checkpointer, String(pid));
}
