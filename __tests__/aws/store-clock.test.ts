import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { expect, it, onTestFinished } from 'vitest';
import type { Aws } from '../../src/aws/aws.ts';
import { createStoreClock } from '../../src/aws/store-clock.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import {
  type Answer,
  callerIdentity,
  connect,
  dynamodbError,
  dynamodbOk,
  s3Error,
  serve,
  settingsFor,
} from './support.ts';

const OURS = Date.UTC(2026, 0, 2, 3, 4, 5);

it("follows the date of the last answer, whatever the machine's clock says", async () => {
  const clock = createFakeClock({ startEpochMs: OURS });
  const store = createStoreClock(clock);
  expect(store.now()).toBe(OURS);
  store.learn('Fri, 02 Jan 2026 05:00:00 GMT');
  await clock.advance(1_500);
  expect(store.now()).toBe(Date.UTC(2026, 0, 2, 5, 0, 1, 500));
  store.learn('Fri, 02 Jan 2026 05:00:01 GMT');
  expect(store.now()).toBe(Date.UTC(2026, 0, 2, 5, 0, 1));
});

it.each([undefined, '', 'yesterday'])('ignores the date %j', (date) => {
  const store = createStoreClock(createFakeClock({ startEpochMs: OURS }));
  store.learn(date);
  expect(store.now()).toBe(OURS);
});

const askS3 = ({ call, s3 }: Aws) =>
  call({ api: 's3:HeadObject', resource: 's3://b/k' }, (abortSignal) =>
    s3.send(() => new HeadObjectCommand({ Bucket: 'b', Key: 'k' }), { abortSignal }),
  );
const askTable = ({ call, dynamodb }: Aws) =>
  call({ api: 'dynamodb:DeleteItem', resource: 'table t' }, (abortSignal) =>
    dynamodb.send(new DeleteItemCommand({ TableName: 't', Key: { LockID: { S: 'l' } } }), { abortSignal }),
  );
const REPORTED = 'Fri, 02 Jan 2026 05:00:00 GMT';

it.each<[string, (aws: Aws) => Promise<unknown>, Answer, boolean]>([
  ['an answer of DynamoDB', askTable, dynamodbOk, true],
  ['a refusal of DynamoDB', askTable, dynamodbError(400, 'ConditionalCheckFailedException', 'no'), true],
  ['a refusal of S3', askS3, s3Error(403, 'AccessDenied', 'no'), true],
  [
    'an answer of STS, which has a clock of its own',
    (aws) => aws.verifyCredentials(),
    callerIdentity(),
    false,
  ],
])('the connection reads the date of %s', async (_, ask, answer, isHeard) => {
  if (typeof answer !== 'object') throw new Error('no answer');
  const server = await serve(() => ({ ...answer, headers: { ...answer.headers, date: REPORTED } }));
  onTestFinished(server.close);
  const aws = connect({
    settings: settingsFor(server.url),
    clock: createFakeClock({ startEpochMs: OURS, autoAdvance: true }),
  });
  onTestFinished(aws.destroy);
  await ask(aws).catch(() => undefined);
  expect(aws.storeNow()).toBe(isHeard ? Date.parse(REPORTED) : OURS);
});
