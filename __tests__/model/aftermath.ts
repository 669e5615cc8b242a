import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { putItem } from '../support/aws.ts';
import { newActor } from './actor.ts';
import { freeLock } from './freeing.ts';
import { type JobRecord, newRecord, runJob } from './our-job.ts';
import { makeMark } from './referee.ts';
import type { Scene } from './scene.ts';
import { type ModelState, parseStateText, readIds, type World } from './world.ts';

/** Checks after the play that nothing is lost or stuck. Returns what is wrong. */
export async function checkAftermath(
  scene: Scene,
  records: readonly JobRecord[],
  recovery: Recovery,
): Promise<string[]> {
  return [
    ...records.flatMap(({ bugs, writer }) => bugs.map((bug) => `${writer.actor.name}: ${bug}`)),
    ...(await findLostStates(scene, records)),
    ...(await findStrayLocks(scene)),
    ...(await findTornState(scene)),
    ...(await findWhatIsStuck(scene, recovery)),
  ];
}

/** No acknowledged state disappears, and one that could not be pushed is kept where the log says. */
async function findLostStates(scene: Scene, records: readonly JobRecord[]): Promise<string[]> {
  const { world, referee } = scene;
  const final = await world.state();
  const forgotten = referee.writers
    .filter(({ acknowledged, marks }) => acknowledged && !has(final, marks))
    .map(({ actor }) => `${actor.name} was told that its state is stored, and the last state lacks it`);
  const rescued = await world.rescued();
  const local = await localStates(await stateDirectories(records));
  const lost = records.filter(({ writer: { marks, actor, acknowledged }, post, log }) => {
    if (acknowledged || has(final, marks) || rescued.some((state) => has(state, marks))) return false;
    // A killed post can't say where the file is; it only must not have removed it.
    const isDead = post === 'killed' || actor.state === 'lost';
    const messages = log.join('\n');
    return !local.some(({ path, state }) => has(state, marks) && (isDead || messages.includes(path)));
  });
  return [...forgotten, ...lost.map(({ writer }) => `the state of ${writer.actor.name} is nowhere`)];
}

function has(state: ModelState | undefined, marks: readonly string[]): boolean {
  return marks.every((mark) => state?.marks.includes(mark));
}

/** The directory of this state on the machine, and what its jobs left there. */
export async function stateDirectories(records: readonly JobRecord[]): Promise<string[]> {
  const given = new Set(records.flatMap(({ stateDirectory }) => stateDirectory ?? []));
  const found = [...given].map(async (path) => {
    const names = (await readdir(dirname(path))).filter((name) => name.startsWith(basename(path)));
    return names.map((name) => join(dirname(path), name));
  });
  return (await Promise.all(found)).flat();
}

async function localStates(directories: readonly string[]): Promise<{ path: string; state: ModelState }[]> {
  const entries = await Promise.all(
    directories.map(async (directory) =>
      (await readdir(directory, { recursive: true })).map((entry) => join(directory, entry)),
    ),
  );
  const paths = entries.flat().filter((entry) => entry.endsWith('.tfstate'));
  const found = await Promise.all(
    paths.map(async (path) => ({ path, state: parseStateText(await readFile(path)) })),
  );
  return found.flatMap(({ path, state }) => (state === undefined ? [] : [{ path, state }]));
}

/** Only an actor that was disturbed may leave a lock. */
async function findStrayLocks({ world, referee }: Scene): Promise<string[]> {
  const owners = readIds(await world.locks()).map((id) => [id, referee.findOwner(id)] as const);
  return owners
    .filter(
      ([, owner]) => owner === undefined || (owner.actor.fate === undefined && owner.actor.state === 'ended'),
    )
    .map(([id, owner]) => `${owner?.actor.name ?? 'nobody'} left its lock ${id}`);
}

/** Only a writer that was cut off may leave a digest that isn't the object's. */
async function findTornState({ world, referee }: Scene): Promise<string[]> {
  const writer = referee.lastWriter;
  const isDisturbed =
    [writer?.fate, writer?.host?.fate].some((fate) => fate !== undefined) || writer?.arrivesLate;
  if (world.locking === 'file' || isDisturbed) return [];
  const isTorn = (await world.state())?.md5 !== (await world.digest());
  return isTorn ? [`the digest is wrong, although nothing happened to ${writer?.name ?? 'anybody'}`] : [];
}

/** How remnants are cleared: by hand, or by a next job with `stale_lock: break`. */
export type Recovery = 'unlock' | 'break';

/** Every remaining lock can be freed, and the next job works. */
async function findWhatIsStuck(scene: Scene, recovery: Recovery): Promise<string[]> {
  const { world, referee, stage } = scene;
  stage.say('afterwards', 'everybody is gone');
  const owners = readIds(await world.locks()).map(referee.findOwner);
  // A Terraform's lock names no run that could be looked up.
  if (recovery === 'break' && owners.length > 0 && owners.every((owner) => owner?.kind === 'job')) {
    // A Terraform's object doesn't say which digest the table had before, and a late one doesn't say it correctly.
    const isOurs = referee.lastWriter !== undefined && referee.findWriter(referee.lastWriter)?.kind === 'job';
    if (!isOurs || referee.isLastLate) await repairDigest(world);
    return await runNextJob(scene, BREAK);
  }
  await freeLocks(scene);
  if (readIds(await world.locks()).length > 0) return ['a remaining lock could not be freed'];
  await repairDigest(world);
  return await runNextJob(scene, {});
}

const BREAK = { stale_lock: 'break', github_token: 'token', lock_timeout: '10m' };
const FREEINGS = 3;

async function freeLocks(scene: Scene): Promise<void> {
  const { world, referee, stage } = scene;
  for (let freeing = 0; freeing < FREEINGS; freeing += 1) {
    const [lockId] = readIds(await world.locks());
    if (lockId === undefined) return;
    const how = referee.findOwner(lockId)?.kind === 'job' ? 'only_if_stale' : 'lock_id';
    const actor = newActor(`person of afterwards ${freeing + 1}`);
    await stage.play([{ actor, report: () => freeLock(scene, actor, how, lockId) }], []);
  }
}

/** Does what a job's error suggests after a crash between the object and its digest. */
async function repairDigest(world: World): Promise<void> {
  const state = await world.state();
  if (world.locking === 'file' || state === undefined || state.md5 === (await world.digest())) return;
  await putItem(world.clients, world.fixture.table, world.digestPath, { Digest: state.md5 });
}

async function runNextJob(scene: Scene, inputs: Record<string, string>): Promise<string[]> {
  const { world, stage, referee } = scene;
  const before = await world.state();
  const actor = newActor('next job');
  const record = newRecord(referee, actor, { runId: '200', inputs });
  await stage.play([{ actor, report: () => runJob(scene, record) }], []);
  await record.stateFile?.close();
  const after = await world.state();
  const isNext = String(after?.marks) === String([...(before?.marks ?? []), makeMark(actor, 1)]);
  const problems = record.post === 'green' && isNext ? [] : [`the next job fails:\n${record.log.join('\n')}`];
  if (readIds(await world.locks()).length > 0) problems.push('the next job left its lock');
  if (world.locking !== 'file' && (await world.digest()) !== after?.md5) problems.push('its digest is wrong');
  return problems;
}
