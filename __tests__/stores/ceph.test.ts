import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { appliedState, stateText } from '../packaged/states.ts';
import { findErrors, findWarnings, md5 } from '../packaged/support.ts';
import { DUMMY_KEYS, putObject } from '../support/aws.ts';
import { createJob } from '../support/runner.ts';
import { s3BackendBlock, terraform, writeConfig } from '../support/terraform.ts';
import {
  refuseMigrate,
  USES,
  useFreeze,
  useFreezeOfSeveral,
  useMigrate,
  usePublishedOutputs,
  useSeveralStates,
  useStoredPlan,
  useWorkspaces,
} from './actions.ts';
import { CEPH_ROLE, type Ceph, startCeph } from './ceph.ts';
import { type Dynalite, startDynalite } from './dynalite.ts';
import { openPeerTestbed, type PeerTestbed, STATE_KEY } from './peer-testbed.ts';
import { refusePlans, useCheckOfPullRequests } from './plans.ts';

const ceph = await startCeph();
const WITH_FILE = { use_lockfile: 'true' };
// For the conditions of later Ceph releases, these tests only expect that nothing is lost.
const isOld = / 16\./.test(ceph?.version ?? '');

describe.skipIf(ceph === undefined)(`a Ceph (${ceph?.version})`, () => {
  const { url } = ceph ?? ({ url: '' } satisfies Pick<Ceph, 'url'>);
  let dynalite: Dynalite;
  beforeAll(async () => {
    dynalite = await startDynalite();
  });
  afterAll(async () => {
    await dynalite.stop();
    await ceph?.stop();
  });

  it('makes a lock file, a first push and a second push conditionally, without a warning', async () => {
    const testbed = await openPeerTestbed({ s3: url });
    for (const text of [stateText(), appliedState()]) {
      const { main, change, post } = await testbed.hold(WITH_FILE);
      expect(main.outputs.reason_code).toBe('held');
      expect(JSON.parse((await testbed.lockFile()) ?? '')).toMatchObject({ ID: main.outputs.lock_id });
      await change(text);
      const end = await post();
      expect([end.exitCode, findWarnings(main), findWarnings(end)]).toEqual([0, '', '']);
      expect(await testbed.state()).toBe(text);
      expect(await testbed.lockFile()).toBeUndefined();
    }
  });

  it("reports somebody else's change as a conflict, and keeps the job's state", async () => {
    const testbed = await openPeerTestbed({ s3: url });
    await putObject(testbed.s3, testbed.bucket, STATE_KEY, stateText());
    const { change, post } = await testbed.hold(WITH_FILE);
    const theirs = appliedState({ serial: 20 });
    await putObject(testbed.s3, testbed.bucket, STATE_KEY, theirs);
    await change(appliedState());
    const end = await post();
    expect(end.exitCode).toBe(1);
    expect(findErrors(end)).toContain('changed while this job held it');
    expect(findErrors(end)).toContain(`${STATE_KEY}.rescue/`);
    expect(await testbed.state()).toBe(theirs);
    expect(await testbed.lockFile()).toBeUndefined();
  });

  it('refuses a lock file that excludes nobody in a bucket with versions, and leaves nothing behind', async () => {
    const testbed = await openPeerTestbed({ s3: url }, { versioning: true });
    const { main, post } = await testbed.hold(WITH_FILE);
    const refused = 'no_conditional_writes';
    expect(isOld ? [refused] : [refused, 'held']).toContain(main.outputs.reason_code);
    expect((await post()).exitCode).toBe(0);
    expect(await testbed.lockFile()).toBeUndefined();
  });

  it('stores each push with one warning, with versions and a table elsewhere', async () => {
    const testbed = await openPeerTestbed({ s3: url, dynamodb: dynalite.url }, { versioning: true });
    await putObject(testbed.s3, testbed.bucket, STATE_KEY, stateText());
    const { main, change, post } = await testbed.hold();
    expect(main.outputs).toMatchObject({ reason_code: 'held', state_exists: 'true' });
    await change(appliedState());
    const end = await post();
    expect(end.exitCode).toBe(0);
    expect([findWarnings(end).match(/no working conditional writes/g)?.length ?? 0]).toEqual([isOld ? 1 : 0]);
    expect(await testbed.state()).toBe(appliedState());
    expect(await testbed.item(testbed.lockId)).toBeUndefined();
    expect(await testbed.item(`${testbed.lockId}-md5`)).toMatchObject({ Digest: expect.any(String) });
  });

  it('stores a checkpoint with versions, too, and post says once that its condition had no effect', async () => {
    const testbed = await openPeerTestbed({ s3: url, dynamodb: dynalite.url }, { versioning: true });
    await putObject(testbed.s3, testbed.bucket, STATE_KEY, stateText());
    const { change, post } = await testbed.hold({ checkpoint_interval: '1s' });
    await change(appliedState());
    await expect.poll(() => testbed.state(), { timeout: 20_000 }).toBe(appliedState());
    await expect
      .poll(async () => (await testbed.item(`${testbed.lockId}-md5`))?.Digest, { timeout: 20_000 })
      .toBe(md5(appliedState()));
    const end = await post();
    expect([end.exitCode, findErrors(end)]).toEqual([0, '']);
    expect([findWarnings(end).match(/no working conditional writes/g)?.length ?? 0]).toEqual([isOld ? 1 : 0]);
  });

  it('assumes a role without an account, with a session policy for the services in use', async () => {
    const testbed = await openPeerTestbed({ s3: url, sts: url });
    const { main, change, post } = await testbed.hold({ ...WITH_FILE, role_arn: CEPH_ROLE });
    expect([main.outputs.reason_code, findErrors(main)]).toEqual(['held', '']);
    await change(stateText());
    const end = await post();
    expect(end.exitCode).toBe(0);
    expect([...main.annotations, ...end.annotations]).toEqual([]);
    expect(await testbed.state()).toBe(stateText());
  });

  it('opens a session without the policy when its STS refuses one with a table, with a notice', async () => {
    const testbed = await openPeerTestbed({ s3: url, sts: url, dynamodb: dynalite.url });
    const { main, post } = await testbed.hold({ role_arn: CEPH_ROLE });
    expect([main.outputs.reason_code, findErrors(main)]).toEqual(['held', '']);
    const notices = main.annotations.filter(({ level }) => level === 'notice');
    const refused = 'this STS refuses the session policy (HTTP 400)';
    if (isOld) {
      expect(notices.map(({ message }) => message)).toEqual([expect.stringContaining(refused)]);
    }
    expect((await post()).exitCode).toBe(0);
    const own = await testbed.hold({ role_arn: CEPH_ROLE, assume_role_policy: '{"Statement":[{"Sid":1}]}' });
    expect(own.main.exitCode).toBe(1);
  });

  it('lets unlock/ free a lock file', async () => {
    const testbed = await openPeerTestbed({ s3: url });
    const { main } = await testbed.hold(WITH_FILE);
    const step = await testbed.act('unlock', { ...WITH_FILE, lock_id: main.outputs.lock_id ?? '' });
    expect([step.exitCode, findErrors(step)]).toEqual([0, '']);
    expect(await testbed.lockFile()).toBeUndefined();
  });

  it.each([
    ['workspaces/', useWorkspaces],
    ['a plan in the vault', useStoredPlan],
    ['plans that are refused', refusePlans],
    ['check/ of all pull requests', useCheckOfPullRequests],
    ['freeze/', useFreeze],
    ['freeze/ of several states, until its end', useFreezeOfSeveral],
    ['several states and locks/', useSeveralStates],
    ['published outputs', usePublishedOutputs],
  ])('%s with the lock file', async (_, use) => use(await openPeerTestbed({ s3: url }), WITH_FILE));

  it.each([...USES, ['migrate/ refuses', refuseMigrate] as const])(
    '%s with versions and a table elsewhere',
    async (_, use) => {
      await use(await openPeerTestbed({ s3: url, dynamodb: dynalite.url }, { versioning: true }));
    },
  );

  it('migrate/ without versions, from a table elsewhere', async () => {
    await useMigrate(await openPeerTestbed({ s3: url, dynamodb: dynalite.url }));
  });

  it.skipIf(inject('terraform') === undefined)(
    'shows Terraform our lock, and lets it read what we pushed',
    async () => {
      const testbed = await openPeerTestbed({ s3: url });
      const folder = await moduleAt(testbed, url);
      const env = {
        AWS_REQUEST_CHECKSUM_CALCULATION: 'when_required',
        AWS_RESPONSE_CHECKSUM_VALIDATION: 'when_required',
      };
      expect(await terraform(folder, ['init'], env)).toMatchObject({ code: 0 });
      const { main, change, post } = await testbed.hold(WITH_FILE);
      const plan = await terraform(folder, ['plan'], env);
      expect(plan.code).toBe(1);
      expect(plan.stderr).toContain(main.outputs.lock_id);
      await change(stateText());
      expect((await post()).exitCode).toBe(0);
      const pulled = await terraform(folder, ['state', 'pull'], env);
      expect(JSON.parse(pulled.stdout)).toMatchObject({ serial: JSON.parse(stateText()).serial });
    },
  );
});

async function moduleAt({ bucket }: PeerTestbed, endpoint: string): Promise<string> {
  const job = await createJob();
  onTestFinished(() => job.dispose());
  const extra = { use_lockfile: 'true', access_key: JSON.stringify(DUMMY_KEYS.accessKeyId) };
  const block = s3BackendBlock({ endpoint, bucket, key: STATE_KEY, extra });
  await writeConfig(job.workspace, { 'main.tf': block });
  return job.workspace;
}
