import { createHash, randomUUID } from 'node:crypto';
import { makeMark, type Referee, type Writer } from './referee.ts';
import type { Stage } from './stage.ts';
import { type Calls, openCalls, type StoreKind } from './terraform-calls.ts';
import { nextStateText, readId, type World } from './world.ts';

const WAITS_MS = [1_000, 2_000, 4_000];
const DIGEST_TRIES = 6;

/**
 * A `terraform apply` by the protocol of Terraform 1.11 (docs/protocol.md#lock-file): the lock by conditional
 * put, the file before the item, unconditional writes of the object and the digest, an unconditional delete
 * after a look at the lock's id.
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
  const stores: StoreKind[] = world.locking === 'both' ? ['file', 'item'] : [world.locking];
  if (await lock(calls, stores, id)) {
    writer.believes = true;
    const isStored = await changeState(calls, world, writer);
    await unlock(calls, stores, id);
    writer.acknowledged = isStored;
    writer.marks = [makeMark(writer.actor, 1)];
    writer.believes = false;
  }
  calls.destroy();
}

async function changeState(calls: Calls, { locking }: World, writer: Writer): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    const state = await calls.readState();
    const digest = locking === 'file' ? undefined : await calls.readDigest();
    if (digest === undefined || digest === state?.md5) {
      const text = nextStateText(state, makeMark(writer.actor, 1));
      await calls.writeState(text);
      if (locking !== 'file') await calls.writeDigest(createHash('md5').update(text).digest('hex'));
      return true;
    }
    if (attempt === DIGEST_TRIES) return false;
    await calls.sleep(2_000);
  }
}

/**
 * Gives up immediately, whatever its timeout, when the holder vanishes before it can be read
 * (docs/protocol.md#waiting-for-a-lock).
 */
async function lock(calls: Calls, stores: readonly StoreKind[], id: string): Promise<boolean> {
  for (const pause of [...WAITS_MS, undefined]) {
    const holder = await takeAll(calls, stores, id);
    if (holder === 'ours') return true;
    if (holder === undefined || pause === undefined) return false;
    await calls.sleep(pause);
  }
  return false;
}

async function takeAll(calls: Calls, stores: readonly StoreKind[], id: string): Promise<string | undefined> {
  for (const [i, store] of stores.entries()) {
    if (await calls.putLock(store)) continue;
    const holder = await calls.readLock(store);
    await unlock(calls, stores.slice(0, i), id);
    return holder;
  }
  return 'ours';
}

async function unlock(calls: Calls, stores: readonly StoreKind[], id: string): Promise<void> {
  for (const store of stores) {
    const info = await calls.readLock(store);
    if (info !== undefined && readId(info) === id) await calls.deleteLock(store);
  }
}
