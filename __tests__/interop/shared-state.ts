import { readFile, rm } from 'node:fs/promises';
import * as v from 'valibot';
import { afterEach, inject } from 'vitest';
import {
  type AwsClients,
  awsClients,
  createStateFixture,
  DUMMY_KEYS,
  REGION,
  readItem,
  readObject,
  type StateFixture,
} from '../support/aws.ts';
import { createJob, type Job, type JobOptions } from '../support/runner.ts';
import { createRootModule, type RootModule } from './root-module.ts';

/** The location of the state and how it is written; both clients get the same settings. */
export interface SharedStateOptions {
  /** Address of moto or of a proxy, for both clients. */
  readonly endpoint: string;
  /** Address of moto for the test's own calls, where `endpoint` is a proxy that should not record them. */
  readonly direct?: string;
  readonly key?: string;
  readonly workspace?: string;
  /** `workspace_key_prefix`; Terraform's default when left out, `''` for none. */
  readonly prefix?: string;
  readonly encrypt?: boolean;
  readonly kmsKeyId?: string;
  readonly customerKey?: string;
  /** The lock store of our action, and of a laptop by default; the item when left out. */
  readonly lockedIn?: LockedIn;
  /** Whether the bucket keeps versions; default true. */
  readonly versioning?: boolean;
}

/** `dynamodb_table`, `use_lockfile` or both. */
export type LockedIn = 'item' | 'file' | 'both';

/** One state that our action and the real terraform share, in a bucket and a table of its own. */
export interface SharedState {
  readonly clients: AwsClients;
  readonly fixture: StateFixture;
  readonly objectKey: string;
  /** `LockID` of the lock item. */
  readonly lockId: string;
  /** The action's inputs for it. */
  readonly inputs: Record<string, string>;
  /** A job of ours, with keys in its environment. */
  job(options?: JobOptions): Promise<Job>;
  /** A laptop: a folder with the S3 backend, initialised, in the state's workspace. */
  laptop(config?: string, env?: Record<string, string>, lockedIn?: LockedIn): Promise<RootModule>;
  object(): Promise<Buffer>;
  digest(): Promise<string | undefined>;
  /** The `Info` of the lock item; undefined when the lock is free. */
  lockInfo(): Promise<string | undefined>;
  /** The body of the lock file; undefined when there is none. */
  lockFile(): Promise<string | undefined>;
  /** Removes every folder. Call it at the end of the test. */
  dispose(): Promise<void>;
}

/** Keys for programs that read credentials from the environment. */
export const AWS_KEYS = {
  AWS_ACCESS_KEY_ID: DUMMY_KEYS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: DUMMY_KEYS.secretAccessKey,
  AWS_EC2_METADATA_DISABLED: 'true',
};

const StateFile = v.object({
  version: v.literal(4),
  serial: v.number(),
  lineage: v.string(),
  terraform_version: v.string(),
  outputs: v.record(v.string(), v.unknown()),
  resources: v.array(
    v.looseObject({ type: v.string(), name: v.string(), instances: v.array(v.looseObject({})) }),
  ),
});

/** A state file's members, checked; the members' order and layout are lost. */
export function parseState(bytes: string | Uint8Array): v.InferOutput<typeof StateFile> {
  return v.parse(StateFile, JSON.parse(Buffer.from(bytes).toString('utf8')));
}

/** The state file of a job as it is now. */
export async function readStateFile(path: string | undefined): Promise<Buffer> {
  if (path === undefined) throw new Error('the main step gave no state_path');
  return await readFile(path);
}

/** For a test file: makes states at the run's moto (or at a proxy in front of it), and removes them after each test. */
export function sharedStates(): (options?: Partial<SharedStateOptions>) => Promise<SharedState> {
  const made: SharedState[] = [];
  afterEach(async () => {
    await Promise.all(made.splice(0).map((state) => state.dispose()));
  });
  return async (options = {}) => {
    const state = await createSharedState({ endpoint: inject('motoUrl') ?? '', ...options });
    made.push(state);
    return state;
  };
}

/** Makes a bucket, a table and the settings by which both clients find the same state. Call `dispose`. */
export async function createSharedState(options: SharedStateOptions): Promise<SharedState> {
  const { endpoint, key = 'path/to/app.tfstate', workspace = 'default', prefix, versioning = true } = options;
  const clients = awsClients(options.direct ?? endpoint);
  const fixture = await createStateFixture(clients, { versioning });
  const named = [prefix ?? 'env:', workspace, key].filter((part) => part !== '').join('/');
  const objectKey = workspace === 'default' ? key : named;
  const lockId = `${fixture.bucket}/${objectKey}`;
  const ends: (() => Promise<unknown>)[] = [];
  return {
    clients,
    fixture,
    objectKey,
    lockId,
    inputs: inputsFor(options, fixture, key, workspace),
    job: async (job = {}) => {
      const made = await createJob({ ...job, env: { ...AWS_KEYS, ...job.env } });
      ends.push(made.dispose);
      return made;
    },
    laptop: async (config, env = {}, lockedIn = options.lockedIn) => {
      const { bucket } = fixture;
      const table = lockedIn === 'file' ? undefined : fixture.table;
      const settings = { endpoint, bucket, table, key, extra: extraSettings({ ...options, lockedIn }) };
      const made = await createRootModule({ config, settings, env: { TF_WORKSPACE: workspace, ...env } });
      ends.push(() => rm(made.dir, { recursive: true, force: true }));
      return made;
    },
    object: async () => {
      const bytes = await readObject(clients, fixture.bucket, objectKey);
      if (bytes === undefined) throw new Error(`there is no object ${objectKey}`);
      return bytes;
    },
    digest: async () => (await readItem(clients, fixture.table, `${lockId}-md5`))?.Digest,
    lockInfo: async () => (await readItem(clients, fixture.table, lockId))?.Info,
    lockFile: async () => (await readObject(clients, fixture.bucket, `${objectKey}.tflock`))?.toString(),
    dispose: async () => {
      await Promise.all(ends.map((end) => end()));
      clients.destroy();
    },
  };
}

function inputsFor(
  { endpoint, prefix, encrypt, kmsKeyId, customerKey, lockedIn = 'item' }: SharedStateOptions,
  { bucket, table }: StateFixture,
  key: string,
  workspace: string,
): Record<string, string> {
  return {
    bucket,
    key,
    workspace,
    region: REGION,
    use_path_style: 'true',
    ...(lockedIn === 'file' ? {} : { dynamodb_table: table }),
    ...(lockedIn === 'item' ? {} : { use_lockfile: 'true' }),
    endpoint,
    dynamodb_endpoint: endpoint,
    sts_endpoint: endpoint,
    checkpoint_interval: '0s',
    ...(prefix === undefined ? {} : { workspace_key_prefix: prefix === '' ? '""' : prefix }),
    ...(encrypt === undefined ? {} : { encrypt: String(encrypt) }),
    ...(kmsKeyId === undefined ? {} : { kms_key_id: kmsKeyId }),
    ...(customerKey === undefined ? {} : { sse_customer_key: customerKey }),
  };
}

function extraSettings({
  prefix,
  encrypt,
  kmsKeyId,
  customerKey,
  lockedIn = 'item',
}: Omit<SharedStateOptions, 'lockedIn'> & { readonly lockedIn: LockedIn | undefined }): Record<
  string,
  string
> {
  return {
    ...(prefix === undefined ? {} : { workspace_key_prefix: JSON.stringify(prefix) }),
    ...(encrypt === undefined ? {} : { encrypt: String(encrypt) }),
    ...(kmsKeyId === undefined ? {} : { kms_key_id: JSON.stringify(kmsKeyId) }),
    ...(customerKey === undefined ? {} : { sse_customer_key: JSON.stringify(customerKey) }),
    ...(lockedIn === 'item' ? {} : { use_lockfile: 'true' }),
  };
}
