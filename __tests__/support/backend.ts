import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { connectAws } from '../../src/aws/connect.ts';
import { stateAddress } from '../../src/backend/address.ts';
import type { Backend, ObjectOptions } from '../../src/backend/settings.ts';
import {
  type AwsClients,
  awsClients,
  createStateFixture,
  DUMMY_KEYS,
  type StateFixture,
  type StateFixtureOptions,
} from './aws.ts';
import { plainAwsSettings, plainCredentials } from './aws-settings.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { type FaultProxy, startProxy } from './proxy.ts';

/** Buckets and tables on moto behind a proxy, and our own backend that talks through the proxy. */
export interface BackendBench {
  readonly fixture: StateFixture;
  readonly proxy: FaultProxy;
  /** Directly to moto, bypassing the proxy and its records. */
  readonly clients: AwsClients;
  /** A folder for downloads. */
  readonly directory: string;
  /** A backend for a new state, on a clock that advances by itself. */
  newBackend(objects?: Partial<ObjectOptions>, endpoint?: string): BenchBackend;
  close(): Promise<void>;
}

export interface BenchBackend extends Backend {
  readonly table: string;
  readonly clock: FakeClock;
}

/** Opens a bench; what it makes on moto is its own. */
export async function openBackendBench(
  motoUrl: string,
  options: StateFixtureOptions = {},
): Promise<BackendBench> {
  const clients = awsClients(motoUrl);
  const proxy = await startProxy(motoUrl);
  const fixture = await createStateFixture(clients, options);
  const directory = await mkdtemp(join(tmpdir(), 'backend-'));
  const opened: Backend[] = [];
  return {
    fixture,
    proxy,
    clients,
    directory,
    newBackend: (objects = {}, endpoint = proxy.url) => {
      const backend = newBackend(fixture, endpoint, objects);
      opened.push(backend);
      return backend;
    },
    close: async () => {
      for (const { aws } of opened) aws.destroy();
      clients.destroy();
      await proxy.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A backend for a new state in an existing bucket and table, on a clock that advances by itself; call `destroy`. */
export function openBackendOn(
  place: Pick<StateFixture, 'bucket' | 'table' | 'region'>,
  endpoint: string,
): BenchBackend {
  return newBackend(place, endpoint, {});
}

function newBackend(
  { bucket, table, region }: Pick<StateFixture, 'bucket' | 'table' | 'region'>,
  endpoint: string,
  objects: Partial<ObjectOptions>,
): BenchBackend {
  const clock = createFakeClock({ startEpochMs: Date.now(), autoAdvance: true });
  const key = `${randomBytes(5).toString('hex')}/app.tfstate`;
  const credentials = {
    ...plainCredentials,
    static: { ...DUMMY_KEYS, sessionToken: undefined },
    skipMetadataApiCheck: true,
  };
  const endpoints = { s3: endpoint, dynamodb: endpoint, sts: endpoint };
  const aws = connectAws({
    settings: { ...plainAwsSettings, region, endpoints, usePathStyle: true, credentials },
    userAgent: [['terraform-s3-state', 'test']],
    env: {},
    clock,
    signal: new AbortController().signal,
    tryForMs: 0,
    onSecret: () => {},
    random: () => 1,
  });
  const address = stateAddress({ bucket, key, workspace: 'default', workspaceKeyPrefix: 'env:' });
  return {
    aws,
    region,
    address,
    table,
    useLockfile: false,
    endpoints,
    objects: { encrypt: false, kmsKeyId: undefined, customerKey: undefined, acl: undefined, ...objects },
    underCustomerKey: objects.encrypt === true && objects.customerKey !== undefined,
    action: { repository: 'acme/terraform-s3-state', ref: 'v1' },
    githubServer: 'https://github.com',
    clock,
  };
}

/** Removes an object, as somebody else would. */
export async function deleteObject({ s3 }: AwsClients, bucket: string, key: string): Promise<void> {
  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
}

/** An error answer of DynamoDB. */
export function dynamodbFailure(type: string, message = type, extra: object = {}) {
  return {
    status: 400,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message, ...extra }),
  };
}

/** An error answer of S3. */
export function s3Failure(status: number, code: string, message = code) {
  return {
    status,
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
  };
}

/** The operations of the requests that passed, in order. */
export function operations({ requests }: FaultProxy): string[] {
  return requests.map(({ operation }) => operation);
}
