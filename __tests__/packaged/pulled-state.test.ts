import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { listObjects, readObject } from '../support/aws.ts';
import { expectReleased } from './held-job.ts';
import { appliedState, encryptedState, OTHER_LINEAGE, stateText } from './states.ts';
import {
  describeInProcess,
  describePackaged,
  findErrors,
  findWarnings,
  openTestbed,
  type Testbed,
  type TestbedJob,
} from './support.ts';
import { findNotices } from './unlock-step.ts';

const OVERRIDE = 'infra/zzz_terraform_s3_state_override.tf.json';
const CHECK = 'infra/zzz_terraform_s3_state_check.tf.json';

/** A job with a checkout that holds `stateText()`. */
async function heldInCheckout(): Promise<{ testbed: Testbed; job: TestbedJob }> {
  const testbed = await openTestbed();
  await testbed.seed(stateText());
  const job = await jobWithCheckout(testbed);
  expect(await job.main()).toMatchObject({ exitCode: 0 });
  return { testbed, job };
}

async function jobWithCheckout(testbed: Testbed, inputs: Record<string, string> = {}): Promise<TestbedJob> {
  const job = await testbed.job({ with: { working_directory: 'infra', ...inputs } });
  write(job, 'infra/main.tf', '');
  return job;
}

function write(job: TestbedJob, path: string, text: string): void {
  mkdirSync(dirname(join(job.workspace, path)), { recursive: true });
  writeFileSync(join(job.workspace, path), text);
}

const rescued = async ({ clients, fixture, objectKey }: Testbed) =>
  (await listObjects(clients, fixture.bucket)).filter((key) => key.startsWith(`${objectKey}.rescue/`));

describePackaged('a state that a job wrote elsewhere than the pulled one', () => {
  it('is ignored when it is a copy of a state in S3, past or present, or of another module', async () => {
    const { testbed, job } = await heldInCheckout();
    write(job, 'backup/before.tfstate', stateText());
    write(job, 'backup/older.tfstate', stateText({ serial: 6, resources: ['old'] }));
    write(job, 'backup/after.tfstate', appliedState());
    write(job, 'other/terraform.tfstate', stateText({ lineage: OTHER_LINEAGE }));
    write(job, 'infra/terraform.tfstate', stateText({ lineage: OTHER_LINEAGE, resources: [] }).slice(0, 20));
    await job.change(appliedState());
    expect(await job.post()).toMatchObject({ exitCode: 0, annotations: [] });
    await expectReleased(testbed, appliedState());
  });
});

describeInProcess('a state that a job wrote elsewhere than the pulled one', () => {
  it.each([
    ['a copy of the state that was changed further', 'build/net/terraform.tfstate', appliedState()],
    [
      'an errored.tfstate in a copy of the module',
      'infra/.terragrunt-cache/a/b/errored.tfstate',
      appliedState(),
    ],
    ['what -state-out wrote, under any name', 'infra/new.state', appliedState({ serial: 7 })],
    ['the same, encrypted by OpenTofu', 'infra/new.state', encryptedState({ serial: 8 })],
    [
      'a state of the local backend',
      'infra/terraform.tfstate',
      stateText({ serial: 1, lineage: OTHER_LINEAGE }),
    ],
    [
      "a workspace's state of the local backend",
      'infra/terraform.tfstate.d/dev/terraform.tfstate',
      stateText({ serial: 1, lineage: OTHER_LINEAGE }),
    ],
  ])('is kept and named, and fails the job: %s', async (_, path, text) => {
    const { testbed, job } = await heldInCheckout();
    write(job, path, text);
    const post = await job.post();
    expect(post.exitCode).toBe(1);
    expect(findErrors(post)).toContain('it did not work on the pulled state');
    expect(findErrors(post)).toContain(join(job.workspace, path));
    const [key = ''] = await rescued(testbed);
    expect(findErrors(post)).toContain(key);
    expect((await readObject(testbed.clients, testbed.fixture.bucket, key))?.toString()).toBe(text);
    await expectReleased(testbed, stateText());
  });
});

describeInProcess('the override that leads Terraform to the pulled state', () => {
  it('fails the job when a step changed it', async () => {
    const { testbed, job } = await heldInCheckout();
    write(job, CHECK, '{}');
    const post = await job.post();
    expect(post.exitCode).toBe(1);
    expect(findErrors(post)).toContain(`A step of this job changed ${join(job.workspace, CHECK)}`);
    await expectReleased(testbed, stateText());
  });

  it('may be that of a plan job, whose archive was unpacked over it, and is removed', async () => {
    const { job: planJob, testbed } = await heldInCheckout();
    const archived = readFileSync(join(planJob.workspace, OVERRIDE), 'utf8');
    expect(await planJob.post()).toMatchObject({ exitCode: 0 });
    const job = await jobWithCheckout(testbed);
    expect(await job.main()).toMatchObject({ exitCode: 0 });
    expect(readFileSync(join(job.workspace, OVERRIDE), 'utf8')).not.toBe(archived);
    write(job, OVERRIDE, archived);
    expect(await job.post()).toMatchObject({ exitCode: 0, annotations: [] });
    expect(readdirSync(join(job.workspace, 'infra'))).toEqual(['main.tf']);
  });

  it('causes a notice when it is only missing', async () => {
    const { job } = await heldInCheckout();
    rmSync(join(job.workspace, OVERRIDE));
    const post = await job.post();
    expect(post.exitCode).toBe(0);
    expect(findNotices(post)).toEqual([expect.stringContaining(`removed ${join(job.workspace, OVERRIDE)}`)]);
    expect(readdirSync(join(job.workspace, 'infra'))).toEqual(['main.tf']);
  });

  it('blocks the push when an older state replaced the pulled one and was changed further', async () => {
    const { testbed, job } = await heldInCheckout();
    await job.change(appliedState({ serial: 9 }));
    writeFileSync(join(job.stateDirectory, 'terraform.tfstate.backup'), stateText({ serial: 6 }));
    const post = await job.post();
    expect(post.exitCode).toBe(1);
    expect(findErrors(post)).toContain('a step put an older state in place of the pulled one');
    expect(await rescued(testbed)).toHaveLength(1);
    await expectReleased(testbed, stateText());
  });
});

describeInProcess('what a killed job left on this machine', () => {
  it('is kept in S3 by the next holder before it pulls, unless S3 already has it', async () => {
    const { testbed, job } = await heldInCheckout();
    await job.change(appliedState());
    for (const directory of job.privateDirectories()) rmSync(directory, { recursive: true });
    await testbed.freeLock();
    const next = await jobWithCheckout(testbed);
    const main = await next.main();
    expect(main).toMatchObject({ exitCode: 0, outputs: { serial: '7' } });
    const [key = ''] = await rescued(testbed);
    expect(findWarnings(main)).toContain(key);
    expect((await readObject(testbed.clients, testbed.fixture.bucket, key))?.toString()).toBe(appliedState());
    // This job changes nothing before it is killed.
    for (const directory of next.privateDirectories()) rmSync(directory, { recursive: true });
    await testbed.freeLock();
    const third = await jobWithCheckout(testbed);
    expect(findWarnings(await third.main())).toBe('');
    expect(await rescued(testbed)).toEqual([key]);
    expect(await third.post()).toMatchObject({ exitCode: 0 });
    expect(existsSync(third.stateDirectory)).toBe(false);
  });

  it('is an invalid input before the lock when another user must remove it', async (context) => {
    if (process.getuid?.() !== 0) return context.skip('only root can give a folder away');
    const testbed = await openTestbed();
    const job = await jobWithCheckout(testbed);
    mkdirSync(job.stateDirectory);
    chownSync(job.stateDirectory, 65534, 65534);
    const main = await job.main();
    expect(main).toMatchObject({ exitCode: 1, outputs: { reason_code: 'invalid_input' } });
    expect(findErrors(main)).toContain('belongs to another user (id 65534): remove it');
    expect(testbed.calls()).toEqual([]);
  });
});

describeInProcess('jobs without a lock', () => {
  it("leave a holder's folder alone and have their own", async () => {
    const { testbed, job } = await heldInCheckout();
    await job.change(appliedState());
    const reader = await jobWithCheckout(testbed, { lock: 'none' });
    const main = await reader.main();
    expect(main.outputs.state_path).not.toContain(`${job.stateDirectory}/`);
    expect(findNotices(main)).toEqual([expect.stringContaining('Another job on this machine')]);
    expect(await reader.post()).toMatchObject({ exitCode: 0 });
    expect(existsSync(dirname(main.outputs.state_path ?? ''))).toBe(false);
    expect(await job.post()).toMatchObject({ exitCode: 0 });
    await expectReleased(testbed, appliedState());
  });

  it("don't touch the holder's files, neither in a main that times out nor in its post", async () => {
    const { testbed, job } = await heldInCheckout();
    await job.change(appliedState());
    const other = await jobWithCheckout(testbed);
    expect(await other.main()).toMatchObject({ exitCode: 1, outputs: { reason_code: 'lock_held' } });
    await other.post();
    expect(await job.post()).toMatchObject({ exitCode: 0 });
    await expectReleased(testbed, appliedState());
  });
});

describePackaged('the workspace', () => {
  it.each<[string, Record<string, string>]>([
    ['hold', {}],
    ['the lock alone', { pull: 'false' }],
    ['guard', { lock: 'guard' }],
    ['none', { lock: 'none' }],
  ])('is the one selected in the module (%s)', async (_, inputs) => {
    const testbed = await openTestbed();
    const job = await jobWithCheckout(testbed, inputs);
    write(job, 'infra/data/environment', 'prod');
    const main = await job.main({ TF_DATA_DIR: 'data' });
    expect(main.exitCode).toBe(0);
    expect(JSON.parse(main.outputs.result ?? '').state.workspace).toBe('prod');
    const post = await job.post();
    expect(post.exitCode).toBe(0);
    if (inputs.lock === 'guard') expect(post.log).toContain(`env:/prod/`);
  });

  it('is an invalid input before the lock when the requested and the selected one differ', async () => {
    const testbed = await openTestbed();
    const job = await jobWithCheckout(testbed, { workspace: 'staging' });
    write(job, 'infra/.terraform/environment', 'prod');
    const main = await job.main();
    expect(main).toMatchObject({ exitCode: 1, outputs: { reason_code: 'invalid_input' } });
    expect(findErrors(main)).toContain('has the workspace prod selected');
    expect(testbed.calls()).toEqual([]);
  });

  it('of lock: guard is read again at the end, and a later selection counts, too', async () => {
    const testbed = await openTestbed();
    const job = await jobWithCheckout(testbed, { lock: 'guard' });
    expect(await job.main()).toMatchObject({ exitCode: 0 });
    write(job, 'infra/.terraform/environment', 'prod');
    const post = await job.post();
    expect(post.log).toContain(`${testbed.fixture.bucket}/env:/prod/network/app.tfstate`);
    expect(post.log).toContain(`${testbed.fixture.bucket}/network/app.tfstate`);
  });
});

describePackaged('-backend-config in TF_CLI_ARGS_init', () => {
  it('is removed for the job with a notice that shows no value; everything else stays', async () => {
    const testbed = await openTestbed();
    const job = await jobWithCheckout(testbed);
    const main = await job.main({ TF_CLI_ARGS_init: '-upgrade -backend-config="secret_key=hush"' });
    expect(main.exportedEnv).toEqual({ TF_CLI_ARGS_init: '-upgrade -reconfigure' });
    expect(findNotices(main)).toEqual([expect.stringContaining('(secret_key)')]);
    expect(findNotices(main)[0]).not.toContain('hush');
    await job.post();
  });
});
