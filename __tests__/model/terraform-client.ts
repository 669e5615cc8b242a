import { createHash, randomUUID } from 'node:crypto';
import { markOf, type Referee, type Writer } from './referee.ts';
import type { Stage } from './stage.ts';
import { type Calls, openCalls, type Place } from './terraform-calls.ts';
import { idOf, nextStateText, type World } from './world.ts';

const WAITS_MS = [1_000, 2_000, 4_000];
const DIGEST_TRIES = 6;

/**
 * A `terraform apply` by the protocol of Terraform 1.11 (docs/protocol.md#lock-file): the lock by conditional put, the file before the
 * item, unconditional writes of the object and the digest, an unconditional delete after a look at the lock's id.
 */
export async function applyWithTerraform(
  stage: Stage,
  world: World,
  referee: Referee,
  writer: Writer,
): Promise<void> {
  const id = randomUUID();
  writer.lockId = id;
  const calls = openCalls(stage, world, referee, writer.actor, id);
  const places: Place[] = world.locking === 'both' ? ['file', 'item'] : [world.locking];
  if (await lock(calls, places, id)) {
    writer.believes = true;
    const isStored = await changeState(calls, world, writer);
    await unlock(calls, places, id);
    writer.acknowledged = isStored;
    writer.marks = [markOf(writer.actor, 1)];
    writer.believes = false;
  }
  calls.destroy();
}

async function changeState(calls: Calls, { locking }: World, writer: Writer): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    const state = await calls.readState();
    const digest = locking === 'file' ? undefined : await calls.readDigest();
    if (digest === undefined || digest === state?.md5) {
      const text = nextStateText(state, markOf(writer.actor, 1));
      await calls.writeState(text);
      if (locking !== 'file') await calls.writeDigest(createHash('md5').update(text).digest('hex'));
      return true;
    }
    if (attempt === DIGEST_TRIES) return false;
    await calls.sleep(2_000);
  }
}

/** Gives up at once, whatever its time to wait, when the holder is gone before it could be read (docs/protocol.md#waiting-for-a-lock). */
async function lock(calls: Calls, places: readonly Place[], id: string): Promise<boolean> {
  for (const pause of [...WAITS_MS, undefined]) {
    const holder = await takeAll(calls, places, id);
    if (holder === 'ours') return true;
    if (holder === undefined || pause === undefined) return false;
    await calls.sleep(pause);
  }
  return false;
}

async function takeAll(calls: Calls, places: readonly Place[], id: string): Promise<string | undefined> {
  for (const [i, place] of places.entries()) {
    if (await calls.putLock(place)) continue;
    const holder = await calls.readLock(place);
    await unlock(calls, places.slice(0, i), id);
    return holder;
  }
  return 'ours';
}

async function unlock(calls: Calls, places: readonly Place[], id: string): Promise<void> {
  for (const place of places) {
    const info = await calls.readLock(place);
    if (info !== undefined && idOf(info) === id) await calls.deleteLock(place);
  }
}
