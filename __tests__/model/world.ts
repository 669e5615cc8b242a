import { createHash, randomUUID } from 'node:crypto';
import { ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import * as v from 'valibot';
import {
  type AwsClients,
  listObjects,
  putItem,
  putObject,
  readItem,
  readObject,
  type StateFixture,
} from '../support/aws.ts';

/** The lock stores that all clients use. */
export type Locking = 'item' | 'file' | 'both';

/** The ids of the existing locks. */
export interface Locks {
  readonly item: string | undefined;
  readonly file: string | undefined;
}

/** One state on the server, read and written without turns. */
export interface World {
  readonly clients: AwsClients;
  readonly fixture: StateFixture;
  readonly locking: Locking;
  readonly key: string;
  readonly lockId: string;
  readonly digestPath: string;
  readonly lockFileKey: string;
  state(): Promise<ModelState | undefined>;
  locks(): Promise<Locks>;
  digest(): Promise<string | undefined>;
  /** The number of writes of the object. */
  versions(): Promise<number>;
  /** All states stored beside the object. */
  rescued(): Promise<ModelState[]>;
  /** Makes a first state, digest included. */
  seed(): Promise<void>;
}

/** A state in the model: every writer adds a mark, and nobody removes one. */
export interface ModelState {
  readonly serial: number;
  readonly marks: readonly string[];
  readonly md5: string;
}

const LINEAGE = '8f0c2a54-6a3e-5d1b-9c7f-1e2d3c4b5a69';
const Text = v.object({
  serial: v.number(),
  outputs: v.record(v.string(), v.object({ value: v.string(), type: v.literal('string') })),
});

/** The next state after another (or after none), with one more mark. */
export function nextStateText(before: ModelState | undefined, mark: string): string {
  const marks = [...(before?.marks ?? []), mark];
  const state = {
    version: 4,
    terraform_version: '1.11.4',
    serial: (before?.serial ?? 0) + 1,
    lineage: LINEAGE,
    outputs: Object.fromEntries(marks.map((name) => [name, { value: name, type: 'string' }])),
    resources: [],
    check_results: null,
  };
  return JSON.stringify(state);
}

/** Undefined for a partial state, as a killed Terraform leaves it. */
export function parseStateText(text: string | Uint8Array): ModelState | undefined {
  const bytes = Buffer.from(text);
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Text), bytes.toString('utf8'));
  if (!parsed.success) return undefined;
  const { serial, outputs } = parsed.output;
  return { serial, marks: Object.keys(outputs), md5: createHash('md5').update(bytes).digest('hex') };
}

/** A new state in a shared bucket and table. */
export function newWorld(clients: AwsClients, fixture: StateFixture, locking: Locking): World {
  const { bucket, table } = fixture;
  const key = `${randomUUID()}/app.tfstate`;
  const names = {
    key,
    lockId: `${bucket}/${key}`,
    digestPath: `${bucket}/${key}-md5`,
    lockFileKey: `${key}.tflock`,
  };
  const stateAt = async (at: string): Promise<ModelState | undefined> => {
    const bytes = await readObject(clients, bucket, at);
    return bytes && parseStateText(bytes);
  };
  return {
    clients,
    fixture,
    locking,
    ...names,
    state: () => stateAt(key),
    locks: async () => {
      const [item, file] = await Promise.all([
        readItem(clients, table, names.lockId),
        readObject(clients, bucket, names.lockFileKey),
      ]);
      return { item: item?.Info && readId(item.Info), file: file && readId(file.toString('utf8')) };
    },
    digest: async () => (await readItem(clients, table, names.digestPath))?.Digest,
    versions: async () => {
      const page = await clients.s3.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: key }));
      return (page.Versions ?? []).filter(({ Key }) => Key === key).length;
    },
    rescued: async () => {
      const keys = await listObjects(clients, bucket, `${key}.rescue/`);
      const states = await Promise.all(keys.map(stateAt));
      return states.filter((state) => state !== undefined);
    },
    seed: async () => {
      const text = nextStateText(undefined, 'seed');
      await putObject(clients, bucket, key, text);
      if (locking !== 'file')
        await putItem(clients, table, names.digestPath, { Digest: parseStateText(text)?.md5 ?? '' });
    },
  };
}

/** The `ID` of a lock info. */
export function readId(info: string): string {
  return v.parse(v.object({ ID: v.string() }), JSON.parse(info)).ID;
}

/** The ids of the existing locks, without duplicates. */
export function readIds({ item, file }: Locks): string[] {
  return [...new Set([item, file].filter((id) => id !== undefined))];
}
