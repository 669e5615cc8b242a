import { BatchGetItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand, GetObjectCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import * as v from 'valibot';
import { md5 } from '../packaged/support.ts';
import { deleteItem, listObjects, putItem, putObject, REGION, readObject } from '../support/aws.ts';
import type { FaultBench } from './bench.ts';

/** How the jobs of a testbed are set up. */
export interface TestbedSettings {
  /** Whether jobs assume a role; else they have keys that can't be renewed. */
  readonly role: boolean;
  readonly table: boolean;
  readonly lockFile: boolean;
}

/** What the table and the bucket contain for one state. */
export interface Facts {
  readonly object: string | undefined;
  readonly digest: string | undefined;
  /** The infos of the lock item and the lock file, if they exist. */
  readonly locks: readonly string[];
}

/** One state, read and changed without faults. */
export interface Testbed {
  readonly bench: FaultBench;
  readonly settings: TestbedSettings;
  readonly key: string;
  readonly lockId: string;
  seed(text: string): Promise<void>;
  facts(): Promise<Facts>;
  putDigest(md5: string): Promise<void>;
  /** Somebody takes the lock: in every store, or only in the table. */
  putLock(info: string, where?: 'item'): Promise<void>;
  /** Removes it from every store. */
  freeLock(info: string): Promise<void>;
  /** Serials of all versions of the state object, oldest first. */
  serials(): Promise<number[]>;
  /** Keys and texts of rescue copies. */
  rescued(): Promise<{ key: string; text: string }[]>;
  /** The inputs that locate the state. */
  inputs(): Record<string, string>;
}

const State = v.pipe(v.string(), v.parseJson(), v.object({ serial: v.number() }));

/** A fresh state in the bench. */
export function createTestbed(bench: FaultBench, settings: TestbedSettings): Testbed {
  const { clients, fixture } = bench;
  const { bucket, table } = fixture;
  const key = bench.newKey();
  const lockId = `${bucket}/${key}`;
  const toText = async (name: string) => (await readObject(clients, bucket, name))?.toString('utf8');
  const putDigest = (digest: string) => putItem(clients, table, `${lockId}-md5`, { Digest: digest });
  return {
    bench,
    settings,
    key,
    lockId,
    putDigest,
    seed: async (text) => {
      await putObject(clients, bucket, key, text);
      if (settings.table) await putDigest(md5(text));
    },
    facts: async () => {
      const [object, file, items] = await Promise.all([
        toText(key),
        settings.lockFile ? toText(`${key}.tflock`) : undefined,
        readItems(bench, settings.table ? lockId : undefined),
      ]);
      const locks = [items.info, file].filter((lock) => lock !== undefined);
      return { object, digest: items.digest, locks };
    },
    putLock: async (info, where) => {
      if (settings.lockFile && where === undefined) await putObject(clients, bucket, `${key}.tflock`, info);
      if (settings.table) await putItem(clients, table, lockId, { Info: info });
    },
    freeLock: async (info) => {
      const { info: item } = await readItems(bench, settings.table ? lockId : undefined);
      if (item === info) await deleteItem(clients, table, lockId);
      if (!settings.lockFile || (await toText(`${key}.tflock`)) !== info) return;
      await clients.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: `${key}.tflock` }));
    },
    serials: () => readSerials(bench, key),
    rescued: async () => {
      const keys = await listObjects(clients, bucket, `${key}.rescue/`);
      return await Promise.all(keys.map(async (name) => ({ key: name, text: (await toText(name)) ?? '' })));
    },
    inputs: () => makeInputs(bench, settings, key),
  };
}

/** The lock item and the digest item, in one call. */
async function readItems(
  { clients, fixture: { table } }: FaultBench,
  lockId: string | undefined,
): Promise<{ readonly info?: string; readonly digest?: string }> {
  if (lockId === undefined) return {};
  const Keys = [lockId, `${lockId}-md5`].map((id) => ({ LockID: { S: id } }));
  const RequestItems = { [table]: { Keys, ConsistentRead: true } };
  const { Responses } = await clients.dynamodb.send(new BatchGetItemCommand({ RequestItems }));
  const items = Responses?.[table] ?? [];
  const lock = items.find(({ LockID }) => LockID?.S === lockId);
  const digest = items.find(({ LockID }) => LockID?.S !== lockId)?.Digest?.S;
  return {
    ...(lock === undefined ? {} : { info: lock.Info?.S ?? '' }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** By MD5, which equals the ETag here: all cells write the same few texts. */
const knownSerials = new Map<string, number>();

/** A version that repeats the previous one's bytes counts as the same. */
async function readSerials({ clients, fixture }: FaultBench, key: string): Promise<number[]> {
  const { bucket: Bucket } = fixture;
  const { Versions = [] } = await clients.s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: key }));
  const own = Versions.filter((version) => version.Key === key).reverse();
  const distinct = own.filter(({ ETag }, i) => ETag !== own[i - 1]?.ETag);
  const serials = distinct.map(async ({ VersionId, ETag = '' }) => {
    const known = knownSerials.get(ETag);
    if (known !== undefined) return known;
    const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket, Key: key, VersionId }));
    const { serial } = v.parse(State, await Body?.transformToString());
    knownSerials.set(ETag, serial);
    return serial;
  });
  return await Promise.all(serials);
}

function makeInputs(
  { fixture, proxy }: FaultBench,
  settings: TestbedSettings,
  key: string,
): Record<string, string> {
  return {
    bucket: fixture.bucket,
    key,
    region: REGION,
    use_path_style: 'true',
    endpoint: proxy.url,
    dynamodb_endpoint: proxy.url,
    sts_endpoint: proxy.url,
    ...(settings.table ? { dynamodb_table: fixture.table } : {}),
    ...(settings.lockFile ? { use_lockfile: 'true' } : {}),
    ...(settings.role ? { role_arn: fixture.roleArn } : { skip_credentials_validation: 'true' }),
  };
}
