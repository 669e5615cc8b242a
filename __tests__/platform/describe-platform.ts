import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { appliedState, SENSITIVE, stateText } from '../packaged/states.ts';
import { findErrors, md5 } from '../packaged/support.ts';
import {
  awsClients,
  createStateFixture,
  DUMMY_KEYS,
  putItem,
  putObject,
  REGION,
  readItem,
  readObject,
} from '../support/aws.ts';
import { createJob, type StageResult } from '../support/runner.ts';
import type { Machine } from '../support/runner-types.ts';
import { terraformEnv, writeConfig } from '../support/terraform.ts';

const ROOT = join(import.meta.dirname, '../..');
const KEY = 'network/app.tfstate';
const motoUrl = inject('motoUrl') ?? '';

/** A machine on which all actions must run. */
export interface Platform {
  readonly name: string;
  readonly isWindows: boolean;
  /** Undefined: the machine of the tests. */
  readonly machine: Machine | undefined;
  /** Our path for one of its files. */
  readonly ourPath: (path: string) => string;
  /** A Terraform of its own, if it has one. */
  readonly terraform: string | undefined;
}

/** Tests that all actions work on a platform: what a job's main, Terraform and post leave in S3 and DynamoDB. */
export function describePlatform(platform: Platform): void {
  describe.skipIf(motoUrl === '')(`on ${platform.name}`, () => {
    it.each([
      ['without checkpoints', { checkpoint_interval: '0s' }],
      ['with checkpoints', {}],
    ])('hold and post: lock, pull, push, release (%s)', async (_, inputs) => {
      await holdAndPush(platform, inputs);
    });
    it('working_directory: the override names a path that HCL takes, and post removes it', async () => {
      await holdForModule(platform);
    });
    it('outputs, doctor and unlock run to the end', async () => {
      await runOtherActions(platform);
    });
    it.skipIf(platform.terraform === undefined)('Terraform works on the pulled state', async () => {
      await applyInModule(platform);
    });
  });
}

/** A state with its digest, and a job on the platform that holds no lock yet. */
async function openTestbed({ machine, isWindows }: Platform, more: Record<string, string>) {
  const clients = awsClients(motoUrl);
  onTestFinished(() => clients.destroy());
  const { bucket, table } = await createStateFixture(clients, { name: 'platform' });
  const lockId = `${bucket}/${KEY}`;
  await putObject(clients, bucket, KEY, stateText());
  await putItem(clients, table, `${lockId}-md5`, { Digest: md5(stateText()) });
  const job = await createJob({ machine, windowsLineEnds: isWindows });
  onTestFinished(() => job.dispose());
  const where = {
    bucket,
    key: KEY,
    region: REGION,
    dynamodb_table: table,
    use_path_style: 'true',
    endpoint: motoUrl,
    dynamodb_endpoint: motoUrl,
    sts_endpoint: motoUrl,
    access_key: DUMMY_KEYS.accessKeyId,
    secret_key: DUMMY_KEYS.secretAccessKey,
  };
  return {
    job,
    where,
    inputs: { ...where, ...more },
    state: async () => (await readObject(clients, bucket, KEY))?.toString(),
    digest: async () => (await readItem(clients, table, `${lockId}-md5`))?.Digest,
    lock: () => readItem(clients, table, lockId),
  };
}

function expectGreen(stage: StageResult): void {
  expect([stage.exitCode, findErrors(stage)], stage.log).toEqual([0, '']);
}

async function holdAndPush(platform: Platform, more: Record<string, string>): Promise<void> {
  const { job, inputs, state, digest, lock } = await openTestbed(platform, more);
  const main = await job.run('main', { with: inputs });
  expectGreen(main);
  expect(await lock()).toMatchObject({ Info: expect.stringContaining(main.outputs.lock_id ?? '') });
  const path = platform.ourPath(main.outputs.state_path ?? '');
  expect(await readFile(path, 'utf8')).toBe(stateText());
  await writeFile(path, appliedState());
  expectGreen(await job.run('post', { omitInputs: true }));
  expect(await state()).toBe(appliedState());
  expect(await digest()).toBe(md5(appliedState()));
  expect(await lock()).toBeUndefined();
}

const ONE = 'resource "terraform_data" "first" {}\n';

async function holdForModule(platform: Platform): Promise<void> {
  const more = { working_directory: 'infra', checkpoint_interval: '0s' };
  const { job, inputs, state, lock } = await openTestbed(platform, more);
  const infra = join(job.workspace, 'infra');
  await writeConfig(infra, { 'main.tf': ONE });
  expectGreen(await job.run('main', { with: inputs }));
  const override = (await readdir(infra)).find((name) => name.includes('override')) ?? '';
  const [, path = ''] = /path\W+"([^"]+)"/.exec(await readFile(join(infra, override), 'utf8')) ?? [];
  // No backslash, which HCL would read as an escape, and a drive, since another one could be current.
  expect(path).toMatch(platform.isWindows ? /^[A-Z]:\/[^\\]+$/ : /^\/[^\\]+$/);
  expect(await readFile(platform.ourPath(normalize(path)), 'utf8')).toBe(stateText());
  expectGreen(await job.run('post', { omitInputs: true }));
  expect(await state()).toBe(stateText());
  expect(await lock()).toBeUndefined();
  expect(await readdir(infra)).toEqual(['main.tf']);
}

async function runOtherActions(platform: Platform): Promise<void> {
  const { job, where, inputs, lock } = await openTestbed(platform, { checkpoint_interval: '0s' });
  const run = (name: string, more: Record<string, string>) =>
    job.run('main', { actionDir: join(ROOT, name), with: { ...where, ...more } });
  const outputs = await run('outputs', { sensitive: 'mask' });
  expectGreen(outputs);
  expect(outputs.outputs).toMatchObject({ password: SENSITIVE, reason_code: 'read' });
  expectGreen(await run('doctor', {}));
  const main = await job.run('main', { with: inputs });
  expectGreen(main);
  expectGreen(await run('unlock', { lock_id: main.outputs.lock_id ?? '' }));
  expect(await lock()).toBeUndefined();
}

async function applyInModule(platform: Platform): Promise<void> {
  const { job, inputs, state, lock } = await openTestbed(platform, { working_directory: 'infra' });
  const config = `${ONE}resource "terraform_data" "second" {}\n`;
  await writeConfig(join(job.workspace, 'infra'), { 'main.tf': config });
  expectGreen(await job.run('main', { with: inputs }));
  const { PATH, HOME, ...env } = terraformEnv();
  for (const args of [['init'], ['apply', '-auto-approve']]) {
    const step = await job.runStep(platform.terraform ?? '', args, { cwd: 'infra', env });
    expect(step.exitCode, step.log).toBe(0);
  }
  expectGreen(await job.run('post', { omitInputs: true }));
  expect(await lock()).toBeUndefined();
  const { resources } = JSON.parse((await state()) ?? '{}');
  expect(resources.map(({ name }: { name: string }) => name).sort()).toEqual(['first', 'second']);
}
