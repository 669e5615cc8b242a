import { createHash, randomBytes } from 'node:crypto';
import { CreateTableCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { expect, onTestFinished } from 'vitest';
import { thisMachine } from '../../../src/runner/machine.ts';
import { doctor } from '../../../src/steps/doctor/doctor.ts';
import {
  type AwsClients,
  awsClients,
  createStateFixture,
  DUMMY_KEYS,
  putItem,
  putObject,
  REGION,
  type StateFixture,
} from '../../support/aws.ts';
import { fixtureInputs, runInProcess, type StepEnd } from '../../support/in-process-step.ts';
import { type FaultProxy, startProxy } from '../../support/proxy.ts';

/** A bucket and a table for the doctor to look at, through a proxy. */
export interface Ward {
  readonly clients: AwsClients;
  readonly fixture: StateFixture;
  readonly proxy: FaultProxy;
  readonly key: string;
  readonly lockId: string;
  /** Makes a text the state, digest included. */
  seed(text: string): Promise<void>;
  /** Runs the doctor with these inputs beside those of the ward, and checks that it changed nothing. */
  visit(inputs?: Record<string, string>, env?: Record<string, string>): Promise<Visit>;
}

/** The result of one run. */
export interface Visit extends StepEnd {
  /** `result: found → fix` of each check. */
  readonly checks: Readonly<Record<string, string>>;
  /** The operations that the proxy saw. */
  readonly calls: readonly string[];
}

/** AWS's own host names, which clients reach through the proxy: moto doesn't care. */
export const AS_AWS = {
  endpoint: `http://s3.${REGION}.amazonaws.com`,
  dynamodb_endpoint: `http://dynamodb.${REGION}.amazonaws.com`,
  // The session goes over plain http, but only as far as the proxy.
  insecure: 'true',
};

export const STATE = `${JSON.stringify({ version: 4, terraform_version: '1.11.4', serial: 7, lineage: 'l-1', outputs: {}, resources: [], check_results: null }, null, 2)}\n`;

/** Opens a ward that is closed when the test ends. */
export async function openWard(motoUrl: string): Promise<Ward> {
  const clients = awsClients(motoUrl);
  const proxy = await startProxy(motoUrl);
  onTestFinished(async () => {
    await proxy.stop();
    clients.destroy();
  });
  const fixture = await createStateFixture(clients, { name: 'doctor', versioning: true, role: true });
  const key = `${randomBytes(4).toString('hex')}/app.tfstate`;
  const lockId = `${fixture.bucket}/${key}`;
  const ward: Ward = {
    clients,
    fixture,
    proxy,
    key,
    lockId,
    seed: async (text) => {
      await putObject(clients, fixture.bucket, key, text);
      const Digest = createHash('md5').update(text).digest('hex');
      await putItem(clients, fixture.table, `${lockId}-md5`, { Digest });
    },
    visit: (inputs = {}, env = {}) => visit(ward, inputs, env),
  };
  return ward;
}

async function visit(
  ward: Ward,
  inputs: Record<string, string>,
  env: Record<string, string>,
): Promise<Visit> {
  const { fixture, proxy, key } = ward;
  const before = await everything(ward);
  proxy.requests.length = 0;
  const as = { ...AS_AWS, http_proxy: proxy.url };
  const given = { ...fixtureInputs(fixture, proxy.url), key, ...as, ...inputs };
  const end = await runInProcess(doctor, given, { env, machine: thisMachine });
  expect(await everything(ward), 'the doctor changed something').toEqual(before);
  const calls = proxy.requests.map(({ operation }) => operation);
  expect(end.log + end.summary + JSON.stringify(end.outputs)).not.toContain(DUMMY_KEYS.secretAccessKey);
  return { ...end, checks: checksIn(end.outputs), calls };
}

function checksIn({ result = '{}' }: Record<string, string>): Record<string, string> {
  const { checks = [] } = JSON.parse(result);
  return Object.fromEntries(
    checks.map(({ check, result: how, found, fix }: Record<string, string | null>) => [
      check,
      `${how}: ${found}${fix === null ? '' : ` → ${fix}`}`,
    ]),
  );
}

/** Every version of every object, and every item. */
async function everything({ clients, fixture }: Ward): Promise<unknown> {
  const versions = await clients.s3
    .send(new ListObjectVersionsCommand({ Bucket: fixture.bucket }))
    .then(({ Versions = [], DeleteMarkers = [] }) => [...Versions, ...DeleteMarkers])
    .catch(() => 'no bucket');
  const items = await clients.dynamodb
    .send(new ScanCommand({ TableName: fixture.table }))
    .then(({ Items }) => Items)
    .catch(() => 'no table');
  return { versions, items };
}

/** Makes a table with another key. */
export async function makeTable(
  { clients }: Ward,
  keys: readonly { readonly name: string; readonly type: 'S' | 'N' }[],
): Promise<string> {
  const TableName = `other-${randomBytes(4).toString('hex')}`;
  await clients.dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: keys.map(({ name, type }) => ({ AttributeName: name, AttributeType: type })),
      KeySchema: keys.map(({ name }, i) => ({ AttributeName: name, KeyType: i === 0 ? 'HASH' : 'RANGE' })),
    }),
  );
  return TableName;
}
