import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sighting } from '../job-state/checkpoint-record.ts';
import type { Dependencies } from '../job-state/dependencies.ts';
import { askedText, endedByForceText, unreachableText } from '../messages/terraform-text.ts';
import type { RunningTerraform } from '../runner/running-terraform.ts';
import { pauseWithin } from '../time/pause-within.ts';
import { hasCode } from '../workspace-files/disk.ts';
import { findWorkspace } from './running-terraforms.ts';

/** The result for the job's Terraform processes. */
export interface StopEnd {
  readonly seen: readonly Sighting[];
  /** Those that still run; undefined when they can't be seen. */
  readonly left: readonly RunningTerraform[] | undefined;
  /** Whether one had to be stopped in the middle of its work. */
  readonly isForced: boolean;
}

/** What stopping them needs. */
export type Stopper = Pick<Dependencies, 'runner' | 'clock' | 'signal' | 'env' | 'processes'>;

/** What happens at some moment to those that still run. `over`: they are left running. */
type Phase = 'SIGINT' | 'SIGTERM' | 'SIGKILL' | 'over';

// Most of the 3 minutes of a post step. The rest is for the push and the release.
const PATIENCE_MS = 120_000;
const TERM_MS = 10_000;
const KILL_MS = 2_000;
const LOOK_EVERY_MS = 250;
// The runner soon kills an interrupted step.
const HURRIED_MS = 200;
// A large process on a busy machine takes a moment to end.
const HURRIED_KILL_MS = 1_000;
const HURRIED_LOOK_MS = 50;

/**
 * Stops the Terraform processes that `look` finds, including those that start later. Each gets one SIGINT at once,
 * after which Terraform finishes its current operation and writes its state. It never gets a second one, not even from
 * another post step, because that would make it abandon its work. What did not end in time gets SIGTERM, then SIGKILL.
 */
export async function stopTerraforms(
  deps: Stopper,
  look: () => Promise<readonly RunningTerraform[] | undefined>,
): Promise<StopEnd> {
  const { clock, signal } = deps;
  const begin = clock.monotonic();
  const seen = new Map<string, Sighting>();
  const sent = new Set<string>();
  let hurriedAt: number | undefined;
  let isForced = false;
  for (;;) {
    const left = await look();
    for (const one of left ?? []) await noteSighting(seen, one, clock.now());
    const end = { seen: [...seen.values()], left, isForced };
    if (left === undefined || left.length === 0) return end;
    const elapsed = clock.monotonic() - begin;
    if (signal.aborted) hurriedAt ??= elapsed;
    const phase = phaseAt(elapsed, hurriedAt);
    const reachable = left.filter(({ canSignal }) => canSignal);
    if (phase === 'over' || (phase !== 'SIGINT' && reachable.length === 0)) return end;
    isForced ||= phase !== 'SIGINT';
    for (const one of left) await sendOnce(deps, sent, one, phase);
    await sleepOn(deps, hurriedAt !== undefined, begin + nextPhaseAt(elapsed, hurriedAt));
  }
}

/** What is due this long after the start. `hurriedAt`: when the step was interrupted, if it was. Both in ms. Pure. */
export function phaseAt(elapsed: number, hurriedAt: number = Number.POSITIVE_INFINITY): Phase {
  const { term, kill, over } = phaseTimes(hurriedAt);
  if (elapsed >= over) return 'over';
  if (elapsed >= kill) return 'SIGKILL';
  return elapsed >= term ? 'SIGTERM' : 'SIGINT';
}

/** When the phase after the one at `elapsed` begins, in ms after the start. */
function nextPhaseAt(elapsed: number, hurriedAt: number = Number.POSITIVE_INFINITY): number {
  const { term, kill, over } = phaseTimes(hurriedAt);
  return [term, kill].find((at) => at > elapsed) ?? over;
}

/** When SIGTERM, SIGKILL and the end are due, in ms after the start. */
function phaseTimes(hurriedAt: number) {
  return {
    term: Math.min(PATIENCE_MS, hurriedAt),
    kill: Math.min(PATIENCE_MS + TERM_MS, hurriedAt + HURRIED_MS),
    over: Math.min(PATIENCE_MS + TERM_MS + KILL_MS, hurriedAt + HURRIED_MS + HURRIED_KILL_MS),
  };
}

/** After an interrupt, continues for the short time that is left. */
async function sleepOn({ clock, signal }: Stopper, isHurried: boolean, until: number): Promise<void> {
  const patience = isHurried ? new AbortController().signal : signal;
  const lookMs = isHurried ? HURRIED_LOOK_MS : LOOK_EVERY_MS;
  await clock.sleep(pauseWithin(lookMs, until, clock), patience).catch(() => undefined);
}

/** Records that a Terraform runs `now`, and in which workspace. */
export async function noteSighting(
  seen: Map<string, Sighting>,
  terraform: RunningTerraform,
  now: number,
): Promise<void> {
  const { id, startedAt } = terraform;
  const before = seen.get(id);
  const workspace = before === undefined ? await findWorkspace(terraform) : before.workspace;
  seen.set(id, { id, from: startedAt, until: now, workspace });
}

async function sendOnce(
  deps: Stopper,
  sent: Set<string>,
  terraform: RunningTerraform,
  name: Exclude<Phase, 'over'>,
): Promise<void> {
  const { runner, processes } = deps;
  const key = `${name} to ${terraform.id}`;
  if (sent.has(key)) return;
  sent.add(key);
  if (!terraform.canSignal) {
    if (name === 'SIGINT') runner.info(unreachableText(terraform.pid, PATIENCE_MS));
    return;
  }
  if (name === 'SIGTERM') runner.warning(endedByForceText(terraform.pid));
  if (name !== 'SIGINT' || (await isFirstToAsk(deps, terraform))) processes.signal(terraform.pid, name);
  if (name === 'SIGINT') runner.info(askedText(terraform.pid, PATIENCE_MS));
}

/** Uses a file that all steps of the job see. */
async function isFirstToAsk({ env }: Stopper, { id }: RunningTerraform): Promise<boolean> {
  const folder = env.RUNNER_TEMP;
  if (!folder) return true;
  try {
    await writeFile(join(folder, `terraform-s3-state-asked-${id}`), '', { flag: 'wx' });
    return true;
  } catch (error) {
    // If the disk fails, a Terraform that nobody asked to stop would do more harm.
    return !hasCode(error, 'EEXIST');
  }
}
