import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { onTestFinished } from 'vitest';
import { md5 } from '../packaged/support.ts';
import {
  type AwsClients,
  awsClients,
  createLockTable,
  DUMMY_KEYS,
  listObjects,
  putItem,
  putObject,
  readItem,
  readObject,
} from '../support/aws.ts';
import { createJob, type Job, type StageResult } from '../support/runner.ts';

export const STATE_KEY = 'network/app.tfstate';

/** The locations of a state's parts, on servers other than AWS's or moto's alone. */
export interface PeerUrls {
  readonly s3: string;
  /** Without it there is no table. */
  readonly dynamodb?: string;
  readonly sts?: string;
}

/** A bucket, and a table if there is one, on real servers, with helpers for the tests. */
export interface PeerTestbed {
  readonly inputs: Record<string, string>;
  readonly bucket: string;
  readonly table: string;
  readonly lockId: string;
  readonly s3: AwsClients;
  readonly hasTable: boolean;
  /** Puts the state and, if there is a table, its digest. */
  readonly seed: (text: string) => Promise<void>;
  readonly read: (key: string) => Promise<string | undefined>;
  /** The keys below a prefix. */
  readonly list: (prefix: string) => Promise<string[]>;
  readonly state: () => Promise<string | undefined>;
  readonly lockFile: () => Promise<string | undefined>;
  readonly item: (lockId: string) => Promise<Record<string, string> | undefined>;
  /** Holds the state in a job of its own; `with`: inputs beyond those of the testbed. */
  readonly hold: (inputs?: Record<string, string>) => Promise<HeldPeer>;
  /** Runs another action, by the name of its folder, in a job of its own. */
  readonly act: (action: string, inputs: Record<string, string>) => Promise<StageResult>;
}

export interface HeldPeer {
  readonly main: StageResult;
  readonly job: Job;
  /** What Terraform does in the job. */
  readonly change: (text: string) => Promise<void>;
  readonly post: () => Promise<StageResult>;
}

/** Makes a testbed of unique names. */
export async function openPeerTestbed(urls: PeerUrls, { versioning = false } = {}): Promise<PeerTestbed> {
  const unique = `peer-${randomBytes(5).toString('hex')}`;
  const s3 = awsClients(urls.s3);
  const tables = awsClients(urls.dynamodb ?? urls.s3);
  onTestFinished(() => {
    s3.destroy();
    tables.destroy();
  });
  await s3.s3.send(new CreateBucketCommand({ Bucket: unique }));
  if (versioning) {
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await s3.s3.send(new PutBucketVersioningCommand({ Bucket: unique, VersioningConfiguration }));
  }
  const hasTable = urls.dynamodb !== undefined;
  if (hasTable) await createLockTable(tables, unique);
  const read = async (key: string) => (await readObject(s3, unique, key))?.toString();
  const inputs = makeInputs(urls, unique);
  return {
    inputs,
    bucket: unique,
    table: unique,
    lockId: `${unique}/${STATE_KEY}`,
    s3,
    hasTable,
    seed: async (text) => {
      await putObject(s3, unique, STATE_KEY, text);
      if (hasTable) await putItem(tables, unique, `${unique}/${STATE_KEY}-md5`, { Digest: md5(text) });
    },
    read,
    list: (prefix) => listObjects(s3, unique, prefix),
    state: () => read(STATE_KEY),
    lockFile: () => read(`${STATE_KEY}.tflock`),
    item: async (lockId) => (hasTable ? await readItem(tables, unique, lockId) : undefined),
    hold: (more = {}) => hold({ ...inputs, ...more }),
    act: (action, more) => act(action, { ...inputs, ...more }),
  };
}

function makeInputs({ s3, dynamodb, sts }: PeerUrls, name: string): Record<string, string> {
  const inputs: Record<string, string> = {
    bucket: name,
    key: STATE_KEY,
    region: 'us-east-1',
    endpoint: s3,
    use_path_style: 'true',
    access_key: DUMMY_KEYS.accessKeyId,
    secret_key: DUMMY_KEYS.secretAccessKey,
    checkpoint_interval: '0s',
  };
  if (dynamodb !== undefined) Object.assign(inputs, { dynamodb_table: name, dynamodb_endpoint: dynamodb });
  if (sts !== undefined) inputs.sts_endpoint = sts;
  return inputs;
}

async function act(
  action: string,
  { checkpoint_interval, ...inputs }: Record<string, string>,
): Promise<StageResult> {
  const job = await createJob();
  onTestFinished(() => job.dispose());
  return await job.run('main', { actionDir: join(import.meta.dirname, '../..', action), with: inputs });
}

async function hold(inputs: Record<string, string>): Promise<HeldPeer> {
  const job = await createJob();
  onTestFinished(() => job.dispose());
  const main = await job.run('main', { with: inputs });
  return {
    main,
    job,
    change: (text) => writeFile(main.outputs.state_path ?? '', text),
    post: () => job.run('post', { omitInputs: true }),
  };
}
