import type { Dependencies } from '../../job-state/dependencies.ts';
import {
  type LockTimes,
  type PulledFacts,
  type SavedState,
  type Session,
  STATE_KEYS,
  serializeState,
} from '../../job-state/saved-state.ts';
import { explain } from '../../messages/explain.ts';
import type { Environment } from '../../runner/inputs.ts';

/** What is saved for post, and so for the checkpointer, when main is done. */
export type HeldState = Pick<SavedState, 'session' | 'times' | 'pulled'>;

/**
 * Starts the checkpointer where there is something for it to do: a lock to keep alive. A checkpointer that can't be started is a
 * warning: the job can do without.
 */
export async function startCheckpointer(
  deps: Dependencies,
  session: Session,
  times: LockTimes | undefined,
  pulled: PulledFacts | undefined,
): Promise<void> {
  const { runner, env, processes } = deps;
  if (session.mode !== 'hold' || session.lock === undefined || session.checkpointMs === 0) return;
  try {
    const args = [session.privateDirectory, String(processes.parent ?? '')];
    const pid = await processes.start(
      'checkpointer',
      args,
      checkpointerEnvironment(env, { session, times, pulled }),
    );
    runner.saveState(STATE_KEYS.checkpointer, String(pid));
  } catch (error) {
    runner.warning(
      `The checkpointer could not be started: no checkpoint is made while the job runs. ${explain(error, deps.clock.now())}`,
    );
  }
}

// The runner reads these files when main's step ends: whatever came later would be lost.
const COMMAND_FILES = new Set([
  'GITHUB_OUTPUT',
  'GITHUB_STATE',
  'GITHUB_ENV',
  'GITHUB_PATH',
  'GITHUB_STEP_SUMMARY',
]);

/**
 * Main's environment, where its credentials are, with what is saved for post in the way post gets it: in memory only,
 * nothing secret lies on the disk. RUNNER_TRACKING_ID stays: a runner that ends the job without its post step then
 * ends the checkpointer as one of the job's own processes (docs/runner.md#background-processes). Pure.
 */
export function checkpointerEnvironment(
  env: Environment,
  { session, times, pulled }: HeldState,
): Environment {
  const kept = Object.entries(env).filter(
    ([name]) => !/^(?:INPUT|STATE)_/i.test(name) && !COMMAND_FILES.has(name),
  );
  const saved = {
    [STATE_KEYS.session]: serializeState(session),
    [STATE_KEYS.lock]: 'held',
    ...(times === undefined ? {} : { [STATE_KEYS.times]: serializeState(times) }),
    ...(pulled === undefined ? {} : { [STATE_KEYS.pulled]: serializeState(pulled) }),
  };
  const asForPost = Object.entries(saved).map(([key, value]) => [`STATE_${key}`, value]);
  return { ...Object.fromEntries(kept), ...Object.fromEntries(asForPost) };
}
