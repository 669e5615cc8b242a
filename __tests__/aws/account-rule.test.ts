import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, it } from 'vitest';
import type { Aws } from '../../src/aws/aws.ts';
import type { AccountRule, CredentialSettings } from '../../src/aws/settings.ts';
import { plainRole } from '../support/aws-settings.ts';
import {
  assumedRole,
  callerIdentity,
  connect,
  dynamodbOk,
  explainFailure,
  serve,
  settingsFor,
  type TestServer,
} from './support.ts';

const OURS = '111122223333';
const OTHER = '444455556666';

let server: TestServer;
afterEach(() => server.close());

async function prepare(rule: Partial<AccountRule>, credentials: Partial<CredentialSettings> = {}) {
  server = await serve(({ body, headers }) => {
    if (body.includes('Action=AssumeRole')) return assumedRole('AssumeRole', 'ASIA1');
    return headers['x-amz-target'] ? dynamodbOk : callerIdentity();
  });
  const settings = settingsFor(server.url, credentials);
  return connect({ settings: { ...settings, accounts: { allowed: [], forbidden: [], ...rule } } });
}

const read = (aws: Aws) =>
  aws.call({ api: 'dynamodb:GetItem', resource: 'table t' }, (abortSignal) =>
    aws.dynamodb.send(new GetItemCommand({ TableName: 't', Key: { LockID: { S: 'x' } } }), { abortSignal }),
  );
const apis = () =>
  server.seen.map(({ body, headers }) =>
    headers['x-amz-target'] ? 'table' : /Action=(\w+)/.exec(body)?.[1],
  );

describe('allowed_account_ids and forbidden_account_ids', () => {
  it('let the right account in, with one lookup for all calls', async () => {
    const aws = await prepare({ allowed: [OTHER, OURS] });
    await Promise.all([read(aws), read(aws)]);
    await read(aws);
    expect(apis()).toEqual(['GetCallerIdentity', 'table', 'table', 'table']);
    aws.destroy();
  });

  it.each([
    [{ allowed: [OTHER] }, `account ${OURS} is not in allowed_account_ids (${OTHER})`],
    [{ forbidden: [OTHER, OURS] }, `account ${OURS} is in forbidden_account_ids (${OTHER}, ${OURS})`],
  ])('keep the wrong account out before anything is touched: %o', async (rule, why) => {
    const aws = await prepare(rule);
    expect(await explainFailure(aws.signIn())).toMatchObject({
      kind: 'wrong_account',
      words: expect.stringContaining(why),
    });
    await expect(read(aws)).rejects.toMatchObject({ kind: 'wrong_account' });
    expect(new Set(apis())).toEqual(new Set(['GetCallerIdentity']));
    aws.destroy();
  });

  it('are looked up again under the next signal, without a wait for the lookup that was interrupted', async () => {
    server = await serve(({ headers }, count) => {
      if (count === 1) return 'hang';
      return headers['x-amz-target'] ? dynamodbOk : callerIdentity();
    });
    const interrupt = new AbortController();
    const settings = { ...settingsFor(server.url), accounts: { allowed: [OURS], forbidden: [] } };
    const aws = connect({ settings, signal: interrupt.signal });
    const interrupted = expect(aws.signIn()).rejects.toMatchObject({ kind: 'aborted' });
    await expect.poll(() => server.seen.length).toBe(1);
    interrupt.abort(new Error('SIGINT'));
    aws.continueUnder(new AbortController().signal);
    await read(aws);
    await interrupted;
    await read(aws);
    expect(apis()).toEqual(['GetCallerIdentity', 'GetCallerIdentity', 'table', 'table']);
    aws.destroy();
  });

  it("compare an assumed role by the role's account, without another call", async () => {
    const roleArn = `arn:aws:iam::${OURS}:role/state`;
    const aws = await prepare(
      { allowed: [OURS] },
      { assumeRole: { ...plainRole, roleArn, sessionName: 's1' } },
    );
    await read(aws);
    expect(apis()).toEqual(['AssumeRole', 'table']);
    aws.destroy();
  });

  it('cost no call when they are not set', async () => {
    const aws = await prepare({});
    await read(aws);
    expect(apis()).toEqual(['table']);
    aws.destroy();
  });
});
