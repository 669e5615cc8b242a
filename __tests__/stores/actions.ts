import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { expect } from 'vitest';
import { appliedState, SENSITIVE, stateText } from '../packaged/states.ts';
import { PLAN } from '../packaged/stored-plan.ts';
import { findErrors, md5, toText } from '../packaged/support.ts';
import { type PeerTestbed, STATE_KEY } from './peer-testbed.ts';
import { refusePlans, useCheckOfPullRequests } from './plans.ts';

/*
 * What each action beside hold/ does at a testbed on real servers. `more`: inputs of each step, as the lock that the store can keep.
 */

type Inputs = Record<string, string>;

/** A workspace is created once, listed, and deleted; a snapshot of it stays where the bucket keeps no versions. */
export async function useWorkspaces(testbed: PeerTestbed, more: Inputs = {}): Promise<void> {
  const run = (inputs: Inputs) => testbed.act('workspaces', { ...more, ...inputs });
  const key = `env:/dev/${STATE_KEY}`;
  const made = await run({ command: 'new', workspace: 'dev' });
  expect([made.outputs.reason_code, findErrors(made)]).toEqual(['created', '']);
  const text = (await testbed.read(key)) ?? '';
  expect(JSON.parse(text)).toMatchObject({ version: 4, serial: 1, resources: [] });
  const digest = testbed.hasTable ? md5(text) : undefined;
  expect((await testbed.item(`${testbed.bucket}/${key}-md5`))?.Digest).toBe(digest);
  expect((await run({ command: 'new', workspace: 'dev' })).outputs.reason_code).toBe('exists');
  expect((await run({ command: 'list' })).outputs.workspaces).toBe('["default","dev"]');
  const gone = await run({ command: 'delete', workspace: 'dev' });
  expect([gone.outputs.reason_code, findErrors(gone)]).toEqual(['deleted', '']);
  const left = (await testbed.list('env:/')).filter((name) => !name.startsWith(`${key}.backup/1-`));
  expect(left).toEqual([]);
  expect(await testbed.item(`${testbed.bucket}/${key}-md5`)).toBeUndefined();
  expect(await testbed.item(`${testbed.bucket}/${key}`)).toBeUndefined();
}

/** A stored plan is applied once, by the job that changes its state; afterwards it is stale. */
export async function useStoredPlan(testbed: PeerTestbed, more: Inputs = {}): Promise<void> {
  await testbed.seed(stateText());
  const planning = await testbed.hold({ lock: 'none', plan_file: 'tfplan' });
  const { plan_id = '' } = planning.main.outputs;
  await writeFile(join(planning.job.workspace, 'tfplan'), PLAN);
  const stored = await planning.post();
  expect([stored.exitCode, findErrors(stored)]).toEqual([0, '']);
  expect(await testbed.read(`${STATE_KEY}.plans/${plan_id}`)).toBe(PLAN);

  const check = async () => (await testbed.act('check', { plan: plan_id })).outputs.reason_code;
  const fresh = await testbed.act('check', { fingerprint: planning.main.outputs.fingerprint ?? '' });
  expect(fresh.outputs).toMatchObject({ fresh: 'true' });
  expect(await check()).toBe('fresh');
  const applying = await testbed.hold({ ...more, plan: plan_id });
  expect([applying.main.outputs.reason_code, findErrors(applying.main)]).toEqual(['held', '']);
  expect(await toText(applying.main.outputs.plan_path)).toBe(PLAN);
  await applying.change(appliedState());
  expect((await applying.post()).exitCode).toBe(0);
  expect(await testbed.state()).toBe(appliedState());
  expect(await testbed.list(`${STATE_KEY}.plans/`)).toEqual([`${STATE_KEY}.plans/${plan_id}.json`]);

  expect(await check()).toBe('plan_stale');
  const again = await testbed.hold({ ...more, plan: plan_id });
  expect(again.main.outputs.reason_code).toBe('plan_stale');
  expect((await again.post()).exitCode).toBe(0);
  expect(await testbed.item(testbed.lockId)).toBeUndefined();
  expect(await testbed.lockFile()).toBeUndefined();
}

/** The versions of a state are listed and compared, and the one before the last is brought back. */
export async function useHistory(testbed: PeerTestbed, more: Inputs = {}): Promise<void> {
  const run = (inputs: Inputs) => testbed.act('history', { ...more, ...inputs });
  await testbed.seed(stateText());
  await testbed.seed(appliedState());
  const listed = await run({ command: 'list' });
  expect([listed.outputs.reason_code, findErrors(listed)]).toEqual(['listed', '']);
  expect(JSON.parse(listed.outputs.versions ?? '')).toMatchObject([{ serial: '8' }, { serial: '7' }]);
  expect((await run({ command: 'diff' })).outputs.added).toBe('["terraform_data.second"]');
  const restored = await run({ command: 'restore', steps_back: '1' });
  expect([restored.outputs.reason_code, findErrors(restored)]).toEqual(['restored', '']);
  const text = stateText({ serial: 9 });
  expect(await testbed.state()).toBe(text);
  expect((await testbed.item(`${testbed.lockId}-md5`))?.Digest).toBe(
    testbed.hasTable ? md5(text) : undefined,
  );
  const { main, post } = await testbed.hold(more);
  expect(main.outputs).toMatchObject({ reason_code: 'held', serial: '9' });
  expect((await post()).exitCode).toBe(0);
}

/** A frozen state is held by nobody, and thawed by hand. */
export async function useFreeze(testbed: PeerTestbed, more: Inputs = {}): Promise<void> {
  const run = (inputs: Inputs) => testbed.act('freeze', { ...more, ...inputs });
  const frozen = await run({ command: 'freeze', until: '3d', reason: 'release week' });
  expect([frozen.outputs.reason_code, findErrors(frozen)]).toEqual(['froze', '']);
  const { main, post } = await testbed.hold(more);
  expect(main.outputs.reason_code).toBe('frozen');
  expect((await post()).exitCode).toBe(0);
  const thawed = await run({ command: 'thaw' });
  expect([thawed.outputs.reason_code, findErrors(thawed)]).toEqual(['thawed', '']);
  expect(await testbed.item(testbed.lockId)).toBeUndefined();
  expect(await testbed.lockFile()).toBeUndefined();
}

/** Several states are frozen together or not at all; past its end a freeze keeps nobody out. */
export async function useFreezeOfSeveral(testbed: PeerTestbed, more: Inputs = {}): Promise<void> {
  const keys = [STATE_KEY, 'network/other.tfstate'];
  const run = async (inputs: Inputs) => {
    const { outputs } = await testbed.act('freeze', { ...more, key: '', keys: keys.join('\n'), ...inputs });
    return outputs.reason_code;
  };
  const freeze = (until: string) => run({ command: 'freeze', until, reason: 'release week' });
  const { main, post } = await testbed.hold({ ...more, key: keys[1] ?? '' });
  expect(main.outputs.reason_code).toBe('held');
  expect(await freeze('3d')).toBe('lock_held');
  expect(await run({ command: 'show' })).toBe('not_frozen');
  expect((await post()).exitCode).toBe(0);
  expect(await freeze('3d')).toBe('froze');
  expect(await freeze('4d')).toBe('frozen');
  expect(await run({ command: 'show' })).toBe('frozen');
  expect(await run({ command: 'thaw' })).toBe('thawed');

  expect(await freeze('2s')).toBe('froze');
  const waiting = await testbed.hold({ ...more, lock_timeout: '1m' });
  expect([waiting.main.outputs.reason_code, findErrors(waiting.main)]).toEqual(['held', '']);
  expect((await waiting.post()).exitCode).toBe(0);
  expect(await testbed.item(testbed.lockId)).toBeUndefined();
  expect(await testbed.lockFile()).toBeUndefined();
}

const StatePaths = v.record(v.string(), v.looseObject({ state_path: v.string() }));

/** Two states are held in one step, and each is pushed; their locks are listed meanwhile, and only then. */
export async function useSeveralStates(testbed: PeerTestbed, more: Inputs = {}): Promise<void> {
  const keys = { network: 'several/network.tfstate', app: 'several/app.tfstate' };
  const states = Object.entries(keys).map(([name, key]) => `${name}=${key}`);
  const { main, post } = await testbed.hold({ ...more, key: '', states: states.join('\n') });
  expect([main.outputs.reason_code, findErrors(main)]).toEqual(['held', '']);
  const locks = async () => {
    const listed = await testbed.act('locks', { ...more, key: '', key_prefix: 'several/' });
    expect([listed.exitCode, findErrors(listed)]).toEqual([0, '']);
    return JSON.parse(listed.outputs.locks ?? '');
  };
  expect(await locks()).toMatchObject([{ key: keys.app }, { key: keys.network }]);
  const paths = v.parse(StatePaths, JSON.parse(main.outputs.states ?? ''));
  await writeFile(paths.network?.state_path ?? '', stateText());
  await writeFile(paths.app?.state_path ?? '', appliedState());
  const end = await post();
  expect([end.exitCode, findErrors(end)]).toEqual([0, '']);
  expect([await testbed.read(keys.network), await testbed.read(keys.app)]).toEqual([
    stateText(),
    appliedState(),
  ]);
  expect(await locks()).toEqual([]);
}

/** The outputs of a pushed state that aren't sensitive are published, and read without the state. */
export async function usePublishedOutputs(testbed: PeerTestbed, more: Inputs = {}): Promise<void> {
  const { main, change, post } = await testbed.hold({ ...more, publish_outputs: 'true' });
  expect([main.outputs.reason_code, findErrors(main)]).toEqual(['held', '']);
  await change(
    stateText().replace('"outputs": {', '"outputs": {"region": {"value": "north", "type": "string"},'),
  );
  const end = await post();
  expect([end.exitCode, findErrors(end)]).toEqual([0, '']);
  const { use_lockfile, ...inputs } = more;
  const read = await testbed.act('outputs', { ...inputs, source: 'published' });
  expect([read.outputs.region, findErrors(read)]).toEqual(['north', '']);
  expect(await testbed.read(`${STATE_KEY}.outputs.json`)).not.toContain(SENSITIVE);
}

/** The items of a state are removed from its table, once, and a job with both locks goes on. */
export async function useMigrate(testbed: PeerTestbed, more: Inputs = {}): Promise<void> {
  if (!testbed.hasTable) return;
  const run = (command: string) =>
    testbed.act('migrate', { ...more, key: '', command, quiet_for: '0', allow_unknown: '*' });
  await testbed.seed(stateText());
  expect((await run('dual')).outputs.reason_code).toBe('not_proven');
  const finished = await run('finish');
  expect([finished.outputs.reason_code, findErrors(finished)]).toEqual(['finished', '']);
  expect(finished.outputs.finished_count).toBe('1');
  expect(await testbed.item(`${testbed.lockId}-md5`)).toBeUndefined();
  expect([await testbed.item(testbed.lockId), await testbed.lockFile()]).toEqual([undefined, undefined]);
  expect((await run('finish')).outputs.finished_count).toBe('0');
  const { main, post } = await testbed.hold({ ...more, use_lockfile: 'true' });
  expect([main.outputs.reason_code, findErrors(main)]).toEqual(['held', '']);
  expect((await post()).exitCode).toBe(0);
}

/** In a bucket that takes no lock file, a table's items stay. */
export async function refuseMigrate(testbed: PeerTestbed): Promise<void> {
  await testbed.seed(stateText());
  const { outputs } = await testbed.act('migrate', {
    key: '',
    command: 'finish',
    quiet_for: '0',
    allow_unknown: '*',
  });
  expect(outputs.reason_code).toBe('no_conditional_writes');
  expect(await testbed.item(`${testbed.lockId}-md5`)).toBeDefined();
  expect(await testbed.item(testbed.lockId)).toBeUndefined();
}

/** The tests for every store with versions and a table. */
export const USES = [
  ['workspaces/', useWorkspaces],
  ['a plan in the vault', useStoredPlan],
  ['plans that are refused', refusePlans],
  ['check/ of all pull requests', useCheckOfPullRequests],
  ['history/', useHistory],
  ['freeze/', useFreeze],
  ['freeze/ of several states, until its end', useFreezeOfSeveral],
  ['several states and locks/', useSeveralStates],
  ['published outputs', usePublishedOutputs],
] as const;

/** The tests for a store whose buckets take a lock file, too. */
export const USES_WITH_LOCK_FILE = [...USES, ['migrate/', useMigrate]] as const;
