import { createHash, randomBytes } from 'node:crypto';
import { CreateTableCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { expect, onTestFinished } from 'vitest';
import type { Dependencies } from '../../../src/job-state/dependencies.ts';
import { thisMachine } from '../../../src/runner/machine.ts';
import { actionsRunner } from '../../../src/runner/runner.ts';
import { doctor } from '../../../src/steps/doctor/doctor.ts';
import { inputEnv } from '../../job-state/support.ts';
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
import { fakeDependencies } from '../../support/dependencies.ts';
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
  /** Runs the doctor with these inputs beside those of the place, and makes sure that it changed nothing. */
  visit(inputs?: Record<string, string>, env?: Record<string, string>): Promise<Visit>;
}

/** What came of one run. */
export interface Visit {
  readonly outputs: Readonly<Record<string, string>>;
  /** `result: found → fix` of each check. */
  readonly checks: Readonly<Record<string, string>>;
  /** All that was said, and the summary. */
  readonly log: string;
  readonly summary: string;
  readonly warnings: readonly string[];
  readonly error: string | undefined;
  /** The operations that the proxy saw. */
  readonly calls: readonly string[];
}

/** AWS's own names, for which clients take the proxy: moto does not tell the difference. */
export const AS_AWS = {
  endpoint: `http://s3.${REGION}.amazonaws.com`,
  dynamodb_endpoint: `http://dynamodb.${REGION}.amazonaws.com`,
  // A session goes there by plain http, though no further than the proxy.
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
  const where = { bucket: fixture.bucket, key, region: REGION, dynamodb_table: fixture.table };
  const how = { ...AS_AWS, sts_endpoint: proxy.url, http_proxy: proxy.url, use_path_style: 'true' };
  const keys = { access_key: DUMMY_KEYS.accessKeyId, secret_key: DUMMY_KEYS.secretAccessKey };
  const given = { ...where, ...how, ...keys, max_retries: '1', ...inputs };
  const messages: Record<'log' | 'summary' | 'warnings', string[]> = { log: [], summary: [], warnings: [] };
  const outputs: Record<string, string> = {};
  const error = await doctor(dependencies({ ...inputEnv(given), ...env }, messages, outputs)).then(
    () => undefined,
    (reason: unknown) => String(reason),
  );
  expect(await everything(ward), 'the doctor changed something').toEqual(before);
  const calls = proxy.requests.map(({ operation }) => operation);
  const log = messages.log.join('\n');
  const summary = messages.summary.join('');
  expect(log + summary + JSON.stringify(outputs)).not.toContain(DUMMY_KEYS.secretAccessKey);
  return { outputs, checks: checksIn(outputs), log, summary, warnings: messages.warnings, error, calls };
}

function dependencies(
  env: Record<string, string>,
  messages: Record<'log' | 'summary' | 'warnings', string[]>,
  outputs: Record<string, string>,
): Dependencies {
  const log = (text: string): void => void messages.log.push(text);
  return fakeDependencies({
    env,
    runner: {
      ...actionsRunner,
      info: log,
      notice: log,
      mask: () => {},
      warning: (text) => void messages.warnings.push(text),
      output: (name, value) => {
        outputs[name] = value;
      },
      summary: async (text) => void messages.summary.push(text),
    },
    machine: thisMachine,
  });
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
