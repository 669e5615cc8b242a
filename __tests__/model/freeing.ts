import { explain } from '../../src/messages/explain.ts';
import { systemProcesses } from '../../src/runner/processes.ts';
import { unlock } from '../../src/steps/unlock/unlock.ts';
import { inputEnv } from '../job-state/support.ts';
import { type Actor, newProcess } from './actor.ts';
import { backendInputs, dependencies, jobEnv, type Scene, silentRunner } from './scene.ts';
import { readIds } from './world.ts';

/** How somebody frees a lock. */
export type Freeing = 'lock_id' | 'only_if_stale';

const LOOKS = 8;

/**
 * A person who considers a lock orphaned, rightly or not, and frees it with the unlock action. Never the lock of
 * a living Terraform: it writes without a condition, so nothing can protect it.
 */
export async function freeSomeLock(scene: Scene, actor: Actor, how: Freeing): Promise<void> {
  const process = newProcess(actor);
  for (let look = 0; look < LOOKS; look += 1) {
    await scene.stage.step(process);
    const lockId = await freeableLock(scene);
    if (lockId !== undefined) return await freeLock(scene, actor, how, lockId);
  }
}

async function freeableLock({ world, referee }: Scene): Promise<string | undefined> {
  return readIds(await world.locks()).find((id) => {
    const owner = referee.findOwner(id);
    return owner?.kind === 'job' || owner?.actor.state === 'lost';
  });
}

/** Runs the unlock action; only logs its errors. */
export async function freeLock(scene: Scene, actor: Actor, how: Freeing, lockId: string): Promise<void> {
  const proof = { only_if_stale: 'true', github_token: 'token' };
  const inputs = { ...backendInputs(scene.world), ...(how === 'lock_id' ? { lock_id: lockId } : proof) };
  const say = (text: string): void => void scene.stage.say(actor.name, text.split('\n')[0] ?? '');
  const runner = { ...silentRunner, notice: say, warning: say };
  const env = { ...jobEnv(scene, '999'), ...inputEnv(inputs) };
  const story = unlock(dependencies(scene, newProcess(actor), { runner, env, processes: systemProcesses }));
  await story.catch((error: unknown) => say(explain(error, 0)));
}
