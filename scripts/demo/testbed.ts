import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  awsClients,
  createStateFixture,
  DUMMY_KEYS,
  headObject,
  REGION,
  readItem,
  readObject,
} from '../../__tests__/support/aws.ts';
import { type Moto, startMoto } from '../../__tests__/support/moto.ts';
import { type FaultProxy, startProxy } from '../../__tests__/support/proxy.ts';
import { createJob, type Job } from '../../__tests__/support/runner.ts';
import type { S3BackendSettings } from '../../__tests__/support/terraform.ts';

/** The folder of the root module in the job's checkout. */
export const MODULE = 'infra';
const KEY = 'network/terraform.tfstate';

/** What anybody with the right keys can see of the state. */
export interface Sight {
  readonly bytes: string;
  readonly version: string;
  readonly serial: string;
  /** Of the object, and what the table says of it. */
  readonly md5: string;
  readonly digest: string;
  /** The lock item's `Info`; undefined when the lock is free. */
  readonly lock: string | undefined;
}

/** A local AWS with a versioned bucket, a lock table and a role. */
export interface Testbed {
  /** For files; removed in the end. */
  readonly folder: string;
  readonly settings: S3BackendSettings;
  readonly inputs: Record<string, string>;
  readonly secrets: readonly string[];
  /** Where the action's calls go through; a laptop's do not. */
  readonly proxy: FaultProxy;
  look(): Promise<Sight>;
  /** A job of a run; its folders are removed in the end. */
  job(runId: string): Promise<Job>;
  close(): Promise<void>;
}

/** Starts everything. What was started is stopped when a part fails, and when the program is interrupted. */
export async function openTestbed(): Promise<Testbed> {
  const moto = await startMoto();
  try {
    return await furnish(moto);
  } catch (error) {
    await moto.stop();
    throw error;
  }
}

async function furnish(moto: Moto): Promise<Testbed> {
  const clients = awsClients(moto.url);
  const fixture = await createStateFixture(clients, { name: 'demo', role: true, versioning: true });
  const proxy = await startProxy(moto.url);
  const { bucket, table } = fixture;
  const folder = mkdtempSync(join(tmpdir(), 'demo-'));
  const jobs: Job[] = [];
  removeWhenInterrupted(() => [folder, ...jobs.map((job) => job.folders.root)]);
  return {
    folder,
    proxy,
    settings: { endpoint: moto.url, bucket, key: KEY, table },
    inputs: makeInputs(fixture, proxy.url),
    secrets: [DUMMY_KEYS.secretAccessKey],
    look: async () => {
      const id = `${bucket}/${KEY}`;
      const [object, head, digest, lock] = await Promise.all([
        readObject(clients, bucket, KEY),
        headObject(clients, bucket, KEY),
        readItem(clients, table, `${id}-md5`),
        readItem(clients, table, id),
      ]);
      return {
        bytes: String(object?.length ?? 'none'),
        version: head?.VersionId ?? 'none',
        serial: /"serial":\s*(\d+)/.exec(object?.toString('utf8') ?? '')?.[1] ?? 'none',
        md5: object === undefined ? 'none' : createHash('md5').update(object).digest('hex'),
        digest: digest?.Digest ?? 'none',
        lock: lock?.Info,
      };
    },
    job: async (runId) => {
      const secrets = [DUMMY_KEYS.accessKeyId, DUMMY_KEYS.secretAccessKey];
      const job = await createJob({ runId, secrets, showInputs: true });
      jobs.push(job);
      return job;
    },
    close: async () => {
      for (const job of jobs) await job.dispose();
      rmSync(folder, { recursive: true, force: true });
      await proxy.stop();
      clients.destroy();
      await moto.stop();
    },
  };
}

function makeInputs(
  { bucket, table, roleArn }: { bucket: string; table: string; roleArn: string },
  url: string,
): Record<string, string> {
  return {
    bucket,
    key: KEY,
    region: REGION,
    dynamodb_table: table,
    role_arn: roleArn,
    access_key: DUMMY_KEYS.accessKeyId,
    secret_key: DUMMY_KEYS.secretAccessKey,
    endpoint: url,
    dynamodb_endpoint: url,
    sts_endpoint: url,
    use_path_style: 'true',
    working_directory: MODULE,
  };
}

/** moto goes with this process by itself. */
function removeWhenInterrupted(folders: () => string[]): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      for (const folder of folders()) rmSync(folder, { recursive: true, force: true });
      process.exit(130);
    });
  }
}
