import { chownSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { listObjects, readObject } from '../support/aws.ts';
import { expectReleased } from './held-job.ts';
import { appliedState, OTHER_LINEAGE, stateText } from './states.ts';
import { describePackaged, errorsOf, openPlace, type Place, type PlaceJob, warningsOf } from './support.ts';
import { noticesOf } from './unlock-step.ts';

const OVERRIDE = 'infra/zzz_terraform_s3_state_override.tf.json';
const CHECK = 'infra/zzz_terraform_s3_state_check.tf.json';

/** A job with a checkout that holds `stateText()`. */
async function heldInCheckout(): Promise<{ place: Place; job: PlaceJob }> {
  const place = await openPlace();
  await place.seed(stateText());
  const job = await jobWithCheckout(place);
  expect(await job.main()).toMatchObject({ exitCode: 0 });
  return { place, job };
}

async function jobWithCheckout(place: Place, inputs: Record<string, string> = {}): Promise<PlaceJob> {
  const job = await place.job({ with: { working_directory: 'infra', ...inputs } });
  write(job, 'infra/main.tf', '');
  return job;
}

function write(job: PlaceJob, path: string, text: string): void {
  mkdirSync(dirname(join(job.workspace, path)), { recursive: true });
  writeFileSync(join(job.workspace, path), text);
}

const rescued = async ({ clients, fixture, objectKey }: Place) =>
  (await listObjects(clients, fixture.bucket)).filter((key) => key.startsWith(`${objectKey}.rescue/`));

describePackaged('a state that a job wrote past the pulled one', () => {
  it.each([
    ['a copy of the state that went on', 'build/net/terraform.tfstate', appliedState()],
    [
      'one that could not be written in a copy',
      'infra/.terragrunt-cache/a/b/errored.tfstate',
      appliedState(),
    ],
    ['another content of the same serial', 'build/terraform.tfstate', appliedState({ serial: 7 })],
    ['one of the local backend', 'infra/terraform.tfstate', stateText({ serial: 1, lineage: OTHER_LINEAGE })],
    [
      'one of the local backend, of a workspace',
      'infra/terraform.tfstate.d/dev/terraform.tfstate',
      stateText({ serial: 1, lineage: OTHER_LINEAGE }),
    ],
  ])('is kept, named, and turns the job red: %s', async (_, path, text) => {
    const { place, job } = await heldInCheckout();
    write(job, path, text);
    const post = await job.post();
    expect(post.exitCode).toBe(1);
    expect(errorsOf(post)).toContain('it did not work on the pulled state');
    expect(errorsOf(post)).toContain(join(job.workspace, path));
    const [key = ''] = await rescued(place);
    expect(errorsOf(post)).toContain(key);
    expect((await readObject(place.clients, place.fixture.bucket, key))?.toString()).toBe(text);
    await expectReleased(place, stateText());
  });

  it('is none where it is a copy of what is or was in S3, or of another module', async () => {
    const { place, job } = await heldInCheckout();
    write(job, 'backup/before.tfstate', stateText());
    write(job, 'backup/older.tfstate', stateText({ serial: 6, resources: ['old'] }));
    write(job, 'backup/after.tfstate', appliedState());
    write(job, 'other/terraform.tfstate', stateText({ lineage: OTHER_LINEAGE }));
    write(job, 'infra/terraform.tfstate', stateText({ lineage: OTHER_LINEAGE, resources: [] }).slice(0, 20));
    await job.change(appliedState());
    expect(await job.post()).toMatchObject({ exitCode: 0, annotations: [] });
    await expectReleased(place, appliedState());
  });
});

describePackaged('what leads Terraform to the pulled state', () => {
  it('turns the job red when a step changed it', async () => {
    const { place, job } = await heldInCheckout();
    write(job, CHECK, '{}');
    const post = await job.post();
    expect(post.exitCode).toBe(1);
    expect(errorsOf(post)).toContain(`A step of this job changed ${join(job.workspace, CHECK)}`);
    await expectReleased(place, stateText());
  });

  it('is a notice when it is merely gone', async () => {
    const { job } = await heldInCheckout();
    rmSync(join(job.workspace, OVERRIDE));
    const post = await job.post();
    expect(post.exitCode).toBe(0);
    expect(noticesOf(post)).toEqual([expect.stringContaining(`removed ${join(job.workspace, OVERRIDE)}`)]);
    expect(readdirSync(join(job.workspace, 'infra'))).toEqual(['main.tf']);
  });

  it('is refused push when an older state was put in the place of the pulled one, and that went on', async () => {
    const { place, job } = await heldInCheckout();
    await job.change(appliedState({ serial: 9 }));
    writeFileSync(join(job.stateDirectory, 'terraform.tfstate.backup'), stateText({ serial: 6 }));
    const post = await job.post();
    expect(post.exitCode).toBe(1);
    expect(errorsOf(post)).toContain('a step put an older state in its place');
    expect(await rescued(place)).toHaveLength(1);
    await expectReleased(place, stateText());
  });
});

describePackaged('what a killed job left on this machine', () => {
  it('is kept in S3 by the next holder, before that pulls, and only where S3 does not have it', async () => {
    const { place, job } = await heldInCheckout();
    await job.change(appliedState());
    for (const directory of job.privateDirectories()) rmSync(directory, { recursive: true });
    await place.freeLock();
    const next = await jobWithCheckout(place);
    const main = await next.main();
    expect(main).toMatchObject({ exitCode: 0, outputs: { serial: '7' } });
    const [key = ''] = await rescued(place);
    expect(warningsOf(main)).toContain(key);
    expect((await readObject(place.clients, place.fixture.bucket, key))?.toString()).toBe(appliedState());
    // That one changes nothing before it is killed.
    for (const directory of next.privateDirectories()) rmSync(directory, { recursive: true });
    await place.freeLock();
    const third = await jobWithCheckout(place);
    expect(warningsOf(await third.main())).toBe('');
    expect(await rescued(place)).toEqual([key]);
    expect(await third.post()).toMatchObject({ exitCode: 0 });
    expect(existsSync(third.stateDirectory)).toBe(false);
  });

  it('is another user’s to remove: an invalid input before the lock', async (context) => {
    if (process.getuid?.() !== 0) return context.skip('only root can give a folder away');
    const place = await openPlace();
    const job = await jobWithCheckout(place);
    mkdirSync(job.stateDirectory);
    chownSync(job.stateDirectory, 65534, 65534);
    const main = await job.main();
    expect(main).toMatchObject({ exitCode: 1, outputs: { reason_code: 'invalid_input' } });
    expect(errorsOf(main)).toContain('belongs to another user (id 65534): remove it');
    expect(place.calls()).toEqual([]);
  });
});

describePackaged('jobs without a lock', () => {
  it('leave the folder of a holder alone, and have one of their own', async () => {
    const { place, job } = await heldInCheckout();
    await job.change(appliedState());
    const reader = await jobWithCheckout(place, { lock: 'none' });
    const main = await reader.main();
    expect(main.outputs.state_path).not.toContain(`${job.stateDirectory}/`);
    expect(noticesOf(main)).toEqual([expect.stringContaining('Another job of this machine')]);
    expect(await reader.post()).toMatchObject({ exitCode: 0 });
    expect(existsSync(dirname(main.outputs.state_path ?? ''))).toBe(false);
    expect(await job.post()).toMatchObject({ exitCode: 0 });
    await expectReleased(place, appliedState());
  });

  it('a main that waits in vain, and its post, touch nothing of the holder', async () => {
    const { place, job } = await heldInCheckout();
    await job.change(appliedState());
    const other = await jobWithCheckout(place);
    expect(await other.main()).toMatchObject({ exitCode: 1, outputs: { reason_code: 'lock_held' } });
    await other.post();
    expect(await job.post()).toMatchObject({ exitCode: 0 });
    await expectReleased(place, appliedState());
  });
});

describePackaged('the workspace', () => {
  it.each<[string, Record<string, string>]>([
    ['hold', {}],
    ['the lock alone', { pull: 'false' }],
    ['guard', { lock: 'guard' }],
    ['none', { lock: 'none' }],
  ])('is the one that is selected in the module (%s)', async (_, inputs) => {
    const place = await openPlace();
    const job = await jobWithCheckout(place, inputs);
    write(job, 'infra/data/environment', 'prod');
    const main = await job.main({ TF_DATA_DIR: 'data' });
    expect(main.exitCode).toBe(0);
    expect(JSON.parse(main.outputs.result ?? '').state.workspace).toBe('prod');
    const post = await job.post();
    expect(post.exitCode).toBe(0);
    if (inputs.lock === 'guard') expect(post.log).toContain(`env:/prod/`);
  });

  it('that is asked for and the one that is selected differ: an invalid input before the lock', async () => {
    const place = await openPlace();
    const job = await jobWithCheckout(place, { workspace: 'staging' });
    write(job, 'infra/.terraform/environment', 'prod');
    const main = await job.main();
    expect(main).toMatchObject({ exitCode: 1, outputs: { reason_code: 'invalid_input' } });
    expect(errorsOf(main)).toContain('has the workspace prod selected');
    expect(place.calls()).toEqual([]);
  });

  it('of lock: guard is looked at again at the end: what a step selected since counts, too', async () => {
    const place = await openPlace();
    const job = await jobWithCheckout(place, { lock: 'guard' });
    expect(await job.main()).toMatchObject({ exitCode: 0 });
    write(job, 'infra/.terraform/environment', 'prod');
    const post = await job.post();
    expect(post.log).toContain(`${place.fixture.bucket}/env:/prod/network/app.tfstate`);
    expect(post.log).toContain(`${place.fixture.bucket}/network/app.tfstate`);
  });
});

describePackaged('-backend-config in TF_CLI_ARGS_init', () => {
  it('is taken out for the job with a notice that holds no value; all else stays', async () => {
    const place = await openPlace();
    const job = await jobWithCheckout(place);
    const main = await job.main({ TF_CLI_ARGS_init: '-upgrade -backend-config="secret_key=hush"' });
    expect(main.exportedEnv).toEqual({ TF_CLI_ARGS_init: '-upgrade -reconfigure' });
    expect(noticesOf(main)).toEqual([expect.stringContaining('(secret_key)')]);
    expect(noticesOf(main)[0]).not.toContain('hush');
    await job.post();
  });
});
