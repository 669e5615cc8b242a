import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sighting } from '../job-state/checkpoint-record.ts';
import type { Dependencies } from '../job-state/dependencies.ts';
import { askedText, endedByForceText, unreachableText } from '../messages/terraform-text.ts';
import type { RunningTerraform } from '../runner/running-terraform.ts';
import { hasCode } from '../workspace-files/disk.ts';

/** What came of the job's Terraforms. */
export interface StopEnd {
  readonly seen: readonly Sighting[];
  /** Those that still run; undefined where they can't be seen. */
  readonly left: readonly RunningTerraform[] | undefined;
  /** Whether one had to be ended in the midst of its work. */
  readonly isForced: boolean;
}

/** What stopping them needs of the world. */
export type Stopper = Pick<Dependencies, 'runner' | 'clock' | 'signal' | 'env' | 'processes'>;

/** What is done at some moment to those that still run; `over`: they are left. */
type Phase = 'SIGINT' | 'SIGTERM' | 'SIGKILL' | 'over';

// Most of the 3 minutes that a post step has; what is left is for the push and the release.
const PATIENCE_MS = 120_000;
const TERM_MS = 10_000;
const KILL_MS = 2_000;
const LOOK_EVERY_MS = 250;
// The runner kills an interrupted step soon.
const HURRIED_MS = 200;
// A large process takes a moment to go, on a machine that is busy.
const HURRIED_KILL_MS = 1_000;
const HURRIED_LOOK_MS = 50;

/**
 * Ends the Terraforms that `look` finds, also those that begin meanwhile. Each gets one SIGINT at once, upon which Terraform
 * finishes what it is at and writes its state; never a second one, also not from another post step, since that would make
 * it drop its work. What did not end in time is ended by SIGTERM, then by SIGKILL.
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
    for (const one of left ?? []) noteSighting(seen, one, clock.now());
    const end = { seen: [...seen.values()], left, isForced };
    if (left === undefined || left.length === 0) return end;
    const elapsed = clock.monotonic() - begin;
    if (signal.aborted) hurriedAt ??= elapsed;
    const phase = phaseAt(elapsed, hurriedAt);
    const reachable = left.filter(({ canSignal }) => canSignal);
    if (phase === 'over' || (phase !== 'SIGINT' && reachable.length === 0)) return end;
    isForced ||= phase !== 'SIGINT';
    for (const one of left) await sendOnce(deps, sent, one, phase);
    await sleepOn(deps, hurriedAt !== undefined);
  }
}

/** What is due so long after the begin; `hurriedAt`: when the step was interrupted, if it was. Both in ms. Pure. */
export function phaseAt(elapsed: number, hurriedAt: number = Number.POSITIVE_INFINITY): Phase {
  const term = Math.min(PATIENCE_MS, hurriedAt);
  const kill = Math.min(PATIENCE_MS + TERM_MS, hurriedAt + HURRIED_MS);
  const over = Math.min(PATIENCE_MS + TERM_MS + KILL_MS, hurriedAt + HURRIED_MS + HURRIED_KILL_MS);
  if (elapsed >= over) return 'over';
  if (elapsed >= kill) return 'SIGKILL';
  return elapsed >= term ? 'SIGTERM' : 'SIGINT';
}

/** Whoever is interrupted goes on for the little that is left. */
async function sleepOn({ clock, signal }: Stopper, isHurried: boolean): Promise<void> {
  const patience = isHurried ? new AbortController().signal : signal;
  await clock.sleep(isHurried ? HURRIED_LOOK_MS : LOOK_EVERY_MS, patience).catch(() => undefined);
}

/** Notes that a Terraform runs `now`. */
export function noteSighting(
  seen: Map<string, Sighting>,
  { id, startedAt }: RunningTerraform,
  now: number,
): void {
  seen.set(id, { id, from: startedAt, until: now });
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

/** By a file that all steps of the job see. */
async function isFirstToAsk({ env }: Stopper, { id }: RunningTerraform): Promise<boolean> {
  const folder = env.RUNNER_TEMP;
  if (!folder) return true;
  try {
    await writeFile(join(folder, `terraform-s3-state-asked-${id}`), '', { flag: 'wx' });
    return true;
  } catch (error) {
    // Where the disk refuses, a Terraform that nobody asked is the greater harm.
    return !hasCode(error, 'EEXIST');
  }
}
