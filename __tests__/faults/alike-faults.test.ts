import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FailureContext } from '../../src/aws/failure.ts';
import { mayAttemptHaveActed } from '../../src/aws/in-doubt.ts';
import { findRetryChance, OUTAGE } from '../../src/aws/retry.ts';
import { type AwsClients, awsClients } from '../support/aws.ts';
import { CLOSED_PORT } from '../support/closed-port.ts';
import { type FaultProxy, startProxy } from '../support/proxy.ts';
import type { Call } from './calls.ts';
import { type Effect, FAULTS, RETRIED_AT_ONCE } from './faults.ts';

const NOWHERE = `http://127.0.0.1:${CLOSED_PORT}`;

type Service = 's3' | 'dynamodb' | 'sts';
const SENDS: Readonly<Record<Service, (clients: AwsClients) => Promise<unknown>>> = {
  s3: ({ s3 }) => s3.send(new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: 'x' })),
  dynamodb: ({ dynamodb }) =>
    dynamodb.send(new PutItemCommand({ TableName: 't', Item: { LockID: { S: 'k' } } })),
  sts: ({ sts }) =>
    sts.send(new AssumeRoleCommand({ RoleArn: 'arn:aws:iam::123456789012:role/r', RoleSessionName: 's' })),
};

const CASES = FAULTS.filter(({ name }) => RETRIED_AT_ONCE.has(name)).flatMap(({ name, effect }) =>
  (['s3', 'dynamodb', 'sts'] as const).flatMap((service) => {
    const call: Call = { name: 'a write', number: 1, service };
    const what = effect(call);
    return what === undefined ? [] : [{ name, service, what }];
  }),
);

/** What lets a variant of a story leave out most of them, see `isRetriedLikeAnother`. */
describe('a fault that a retry gets past at once', () => {
  let proxy: FaultProxy;
  beforeAll(async () => {
    proxy = await startProxy(NOWHERE);
  });
  afterAll(() => proxy.stop());

  it.each(CASES)('$name of $service: is retried until the time is up', async ({ service, what }) => {
    const chance = findRetryChance(await meet(service, what));
    expect(chance?.attempts).toBe(OUTAGE.attempts);
    expect(chance?.tryForMs).toBeUndefined();
  });

  it.each([
    ['refused', false],
    ['reset', true],
  ])('%s: whether the request may have been carried out: %s', async (name, mayHaveActed) => {
    const own = CASES.filter((one) => one.name === name);
    expect(own).toHaveLength(3);
    for (const { service, what } of own)
      expect(mayAttemptHaveActed(await meet(service, what), makeContext(service))).toBe(mayHaveActed);
  });

  async function meet(service: Service, what: Effect): Promise<unknown> {
    if (what === 'hang' || what === 'cancel-before' || what === 'cancel-after')
      throw new Error(`${what} is no fault of this sort`);
    const clients = awsClients(what === 'refused' ? NOWHERE : proxy.url);
    if (what !== 'refused') proxy.onRequest(() => what);
    try {
      return await SENDS[service](clients).then(
        () => undefined,
        (error: unknown) => error,
      );
    } finally {
      clients.destroy();
    }
  }
});

function makeContext(service: Service): FailureContext {
  return {
    api: `${service}:Put`,
    resource: 'a state',
    principal: undefined,
    region: 'us-east-1',
    endpoint: undefined,
    identity: undefined,
    attempts: 1,
    aborted: false,
    now: 0,
  };
}
