import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, inject, onTestFinished } from 'vitest';
import { stateAddress } from '../../src/backend/address.ts';
import { removeDirectory } from '../../src/workspace-files/remove-directory.ts';
import { stateDirectoryFor } from '../../src/workspace-files/state-directory.ts';
import {
  type AwsClients,
  awsClients,
  createStateFixture,
  deleteItem,
  putItem,
  putObject,
  REGION,
  readItem,
  readObject,
  type StateFixture,
} from '../support/aws.ts';
import { plainAwsSettings } from '../support/aws-settings.ts';
import { type FaultProxy, startProxy } from '../support/proxy.ts';
import {
  createJob,
  type Job,
  type JobOptions,
  type RunningStage,
  type StageOptions,
  type StageResult,
} from '../support/runner.ts';
import { runStepsInProcess } from '../support/runner-in-process.ts';

/** `describe` for tests of the packaged action: they need moto. */
export const describePackaged = describe.skipIf(inject('motoUrl') === undefined);

/** The same for further cases of what a packaged test shows, see `runStepsInProcess`. */
export function describeInProcess(name: string, body: () => void): void {
  describePackaged(name, () => {
    runStepsInProcess();
    body();
  });
}

/** The keys that jobs have in their environment. */
export const ENV_KEYS = {
  AWS_ACCESS_KEY_ID: 'AKIARUNNERENVIRONMEN',
  AWS_SECRET_ACCESS_KEY: 'secretOfTheRunnersEnvironment/0123456789',
};

export interface TestbedOptions {
  readonly role?: boolean;
  /** Whether the bucket keeps versions, as it should; default true. */
  readonly versioning?: boolean;
  readonly table?: boolean;
  readonly workspace?: string;
  /** Added to each answer when a test counts round trips. */
  readonly latencyMs?: number;
}

/** Bucket, table and role of one test in moto, the proxy of its jobs, and the state. */
export interface Testbed {
  /** Straight to moto, past the proxy. */
  readonly clients: AwsClients;
  readonly proxy: FaultProxy;
  readonly fixture: StateFixture;
  readonly objectKey: string;
  readonly lockId: string;
  /** Makes a text the state, including its digest. */
  seed(text: string): Promise<void>;
  object(): Promise<string | undefined>;
  digest(): Promise<string | undefined>;
  /** The lock item's `Info`; undefined when the lock is free. */
  lock(): Promise<string | undefined>;
  putLock(info: string): Promise<void>;
  freeLock(): Promise<void>;
  /** `service operation` of all requests since the last reset, in order of arrival. */
  calls(): string[];
  /** A job at this testbed; `with` are its inputs beyond those that locate the state. */
  job(options?: TestbedJobOptions): Promise<TestbedJob>;
}

export interface TestbedJobOptions extends JobOptions {
  readonly with?: Record<string, string>;
}

/** One job that holds the state of a testbed. */
export interface TestbedJob extends Job {
  readonly inputs: Record<string, string>;
  startMain(): Promise<RunningStage>;
  /** `env` is the step's own. */
  main(env?: Record<string, string>): Promise<StageResult>;
  /** By default without any input, since post must never need one. */
  post(options?: StageOptions): Promise<StageResult>;
  /** The job's own step: it replaces the pulled file or removes it. */
  change(text: string | undefined): Promise<void>;
  /** The private directories below RUNNER_TEMP that are still there. */
  privateDirectories(): string[];
  /** Where the job's Terraform finds the pulled state. */
  readonly stateDirectory: string;
}

/** Opens a testbed that is closed when the test ends. */
export async function openTestbed(options: TestbedOptions = {}): Promise<Testbed> {
  const motoUrl = inject('motoUrl') ?? '';
  const clients = awsClients(motoUrl);
  const proxy = await startProxy(motoUrl, { latencyMs: options.latencyMs ?? 0 });
  onTestFinished(async () => {
    await proxy.stop();
    clients.destroy();
  });
  const fixture = await createStateFixture(clients, { name: 'packaged', versioning: true, ...options });
  const objectKey = options.workspace ? `env:/${options.workspace}/${KEY}` : KEY;
  return testbedAt(clients, proxy, fixture, objectKey, options);
}

const KEY = 'network/app.tfstate';

function testbedAt(
  clients: AwsClients,
  proxy: FaultProxy,
  fixture: StateFixture,
  objectKey: string,
  options: TestbedOptions,
): Testbed {
  const { bucket, table } = fixture;
  const lockId = `${bucket}/${objectKey}`;
  const testbed: Testbed = {
    clients,
    proxy,
    fixture,
    objectKey,
    lockId,
    seed: async (text) => {
      await putObject(clients, bucket, objectKey, text);
      if (options.table ?? true) await putItem(clients, table, `${lockId}-md5`, { Digest: md5(text) });
    },
    object: async () => (await readObject(clients, bucket, objectKey))?.toString('utf8'),
    digest: async () => (await readItem(clients, table, `${lockId}-md5`))?.Digest,
    lock: async () => (await readItem(clients, table, lockId))?.Info,
    putLock: (info) => putItem(clients, table, lockId, { Info: info }),
    freeLock: () => deleteItem(clients, table, lockId),
    calls: () => proxy.requests.map(({ service, operation }) => `${service} ${operation}`),
    job: (how = {}) => jobAt(testbed, options, how),
  };
  return testbed;
}

async function jobAt(testbed: Testbed, options: TestbedOptions, how: TestbedJobOptions): Promise<TestbedJob> {
  const job = await createJob({ env: ENV_KEYS, ...how });
  onTestFinished(() => job.dispose());
  const inputs = { ...testbedInputs(testbed, options), ...how.with };
  const stateDirectory = findStateDirectory(testbed, inputs);
  onTestFinished(() => removeAllFrom(stateDirectory));
  const state = { path: '' };
  const remember = (result: StageResult) => {
    state.path = result.outputs.state_path ?? '';
    return result;
  };
  return {
    ...job,
    inputs,
    stateDirectory,
    startMain: () => job.start('main', { with: inputs }),
    main: async (env = {}) => remember(await job.run('main', { with: inputs, env })),
    post: (stage) => job.run('post', stage ?? { omitInputs: true }),
    change: (text) => (text === undefined ? rm(state.path) : writeFile(state.path, text)),
    privateDirectories: () =>
      readdirSync(job.temp)
        .filter((name) => name.startsWith('terraform-s3-state-'))
        .map((name) => join(job.temp, name)),
  };
}

function findStateDirectory(testbed: Testbed, inputs: Record<string, string>): string {
  const { bucket = '', key = '', workspace = 'default', endpoint } = inputs;
  const address = stateAddress({ bucket, key, workspace, workspaceKeyPrefix: 'env:' });
  const endpoints = { s3: endpoint ?? testbed.proxy.url, dynamodb: undefined, sts: undefined };
  return stateDirectoryFor({ address, aws: { ...plainAwsSettings, endpoints } });
}

/** Also what a test's killed job left beside it. */
async function removeAllFrom(stateDirectory: string): Promise<void> {
  const parent = dirname(stateDirectory);
  const names = readdirSync(parent).filter((name) => name.startsWith(basename(stateDirectory)));
  await Promise.all(names.map((name) => removeDirectory(join(parent, name))));
}

function testbedInputs({ fixture, proxy }: Testbed, options: TestbedOptions): Record<string, string> {
  const { url } = proxy;
  return {
    bucket: fixture.bucket,
    key: KEY,
    region: REGION,
    use_path_style: 'true',
    endpoint: url,
    dynamodb_endpoint: url,
    sts_endpoint: url,
    // Only the checkpointer's tests need a checkpointer.
    checkpoint_interval: '0s',
    ...((options.table ?? true) ? { dynamodb_table: fixture.table } : {}),
    ...(options.role ? { role_arn: fixture.roleArn } : {}),
    ...(options.workspace ? { workspace: options.workspace } : {}),
  };
}

/** Hex, as digest items have it. */
export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

/** The text of a file, or undefined when there is none. */
export async function toText(path: string | undefined): Promise<string | undefined> {
  return path !== undefined && existsSync(path) ? await readFile(path, 'utf8') : undefined;
}

/** All errors of a stage, as the run's page shows them. */
export function findErrors({ annotations }: StageResult): string {
  return messages(annotations, 'error');
}

export function findWarnings({ annotations }: StageResult): string {
  return messages(annotations, 'warning');
}

function messages(annotations: StageResult['annotations'], level: string): string {
  return annotations
    .filter((annotation) => annotation.level === level)
    .map(({ message }) => message)
    .join('\n');
}
