import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, inject, it } from 'vitest';
import type { Aws } from '../../src/aws/aws.ts';
import { awsClients, createStateFixture } from '../support/aws.ts';
import { plainRole } from '../support/aws-settings.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import {
  assumedRole,
  callerIdentity,
  connect,
  dynamodbOk,
  roleSessionArn,
  serve,
  settingsFor,
  signedBy,
  stsError,
  type TestServer,
  testKeys,
} from './support.ts';

const role = {
  ...plainRole,
  roleArn: 'arn:aws:iam::111122223333:role/state',
  externalId: 'ext-1',
  sessionName: 'gh-42',
  policy: '{"Version":"2012-10-17","Statement":[]}',
  tags: [],
};

const EXPIRED = '<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>';

let server: TestServer | undefined;
afterEach(() => server?.close());

const get = (aws: Aws) =>
  aws.call({ api: 's3:GetObject', resource: 's3://b/k' }, async (abortSignal) => {
    const { Body } = await aws.s3.send(() => new GetObjectCommand({ Bucket: 'b', Key: 'k' }), {
      abortSignal,
    });
    return await Body?.transformToString();
  });
const read = (aws: Aws) =>
  aws.call({ api: 'dynamodb:GetItem', resource: 'table t' }, (abortSignal) =>
    aws.dynamodb.send(new GetItemCommand({ TableName: 't', Key: { LockID: { S: 'x' } } }), { abortSignal }),
  );

function roleServer(expiresAt?: () => number): Promise<TestServer> {
  let minted = 0;
  return serve(({ body, headers }) => {
    if (body.includes('Action=AssumeRole')) {
      minted += 1;
      return assumedRole('AssumeRole', `ASIA${minted}`, expiresAt?.());
    }
    if (body.includes('GetCallerIdentity')) return callerIdentity();
    return headers['x-amz-target'] ? dynamodbOk : { status: 200, body: 'state' };
  });
}

const assumptions = () => server?.seen.filter(({ body }) => body.includes('Action=AssumeRole')) ?? [];

describe('role_arn', () => {
  it('is assumed once for many calls of both clients, even concurrent ones', async () => {
    server = await roleServer();
    const aws = connect({ settings: settingsFor(server.url, { assumeRole: role }) });
    await Promise.all([get(aws), read(aws), get(aws), aws.verifyCredentials()]);
    await read(aws);
    aws.destroy();
    expect(assumptions()).toHaveLength(1);
    expect(server.seen).toHaveLength(6);
    expect(signedBy(server.seen[0])).toBe(testKeys.accessKeyId);
    expect(server.seen.slice(1).map(signedBy)).toEqual(Array(5).fill('ASIA1'));
  });

  it('sends the external id, session name and policy', async () => {
    server = await roleServer();
    const aws = connect({ settings: settingsFor(server.url, { assumeRole: role }) });
    await get(aws);
    aws.destroy();
    expect(Object.fromEntries(new URLSearchParams(assumptions()[0]?.body))).toMatchObject({
      Action: 'AssumeRole',
      RoleArn: role.roleArn,
      ExternalId: role.externalId,
      RoleSessionName: role.sessionName,
      Policy: role.policy,
    });
  });

  it('sends no external id or policy when none is set', async () => {
    server = await roleServer();
    const bare = { ...role, externalId: undefined, policy: undefined };
    const aws = connect({ settings: settingsFor(server.url, { assumeRole: bare }) });
    await get(aws);
    aws.destroy();
    const sent = new URLSearchParams(assumptions()[0]?.body);
    expect([...sent.keys()].sort()).toEqual(['Action', 'RoleArn', 'RoleSessionName', 'Version']);
  });

  it("names the caller's identity without another call", async () => {
    server = await roleServer();
    const aws = connect({ settings: settingsFor(server.url, { assumeRole: role }) });
    expect(aws.principal()).toBeUndefined();
    await get(aws);
    expect(aws.principal()).toBe(roleSessionArn);
    aws.destroy();
  });

  it('is assumed again five minutes before its session expires', async () => {
    const clock = createFakeClock({ startEpochMs: Date.now() });
    server = await roleServer(() => clock.now() + 3_600_000);
    const aws = connect({ settings: settingsFor(server.url, { assumeRole: role }), clock });
    await get(aws);
    await clock.advance(55 * 60_000 - 1);
    await get(aws);
    expect(assumptions()).toHaveLength(1);
    await clock.advance(1);
    await Promise.all([get(aws), read(aws)]);
    aws.destroy();
    expect(assumptions()).toHaveLength(2);
    expect(signedBy(server.seen.at(-1))).toBe('ASIA2');
  });

  it('a session that AWS reports as expired early is replaced once', async () => {
    server = await serve(({ body, headers }) => {
      if (body.includes('Action=AssumeRole')) return assumedRole('AssumeRole', `ASIA${assumptions().length}`);
      const revoked = String(headers.authorization).includes('ASIA1/');
      return revoked ? { status: 400, body: EXPIRED } : { status: 200, body: 'state' };
    });
    const aws = connect({ settings: settingsFor(server.url, { assumeRole: role }) });
    expect(await get(aws)).toBe('state');
    aws.destroy();
    expect(assumptions()).toHaveLength(2);
    expect(server.seen.map(signedBy)).toEqual([testKeys.accessKeyId, 'ASIA1', testKeys.accessKeyId, 'ASIA2']);
  });

  it("expired keys that can't be renewed are not retried", async () => {
    server = await serve(() => ({ status: 400, body: EXPIRED }));
    const aws = connect({ settings: settingsFor(server.url, {}) });
    await expect(get(aws)).rejects.toMatchObject({ kind: 'expired_credentials', api: 's3:GetObject' });
    aws.destroy();
    expect(server.seen).toHaveLength(1);
  });

  it('a refused role is reported as an error of sts:AssumeRole on that role', async () => {
    const message = `User: arn:aws:iam::111122223333:user/ci is not authorized to perform: sts:AssumeRole on resource: ${role.roleArn}`;
    server = await serve(() => stsError(403, 'AccessDenied', message));
    const aws = connect({ settings: settingsFor(server.url, { assumeRole: role }) });
    await expect(get(aws)).rejects.toMatchObject({
      kind: 'access_denied',
      api: 'sts:AssumeRole',
      failure: { resource: `role ${role.roleArn}`, principal: 'arn:aws:iam::111122223333:user/ci' },
    });
    aws.destroy();
    expect(server.seen).toHaveLength(1);
  });

  it('a failing STS is retried, and a failure is not cached', async () => {
    server = await serve((seen, count) => {
      if (!seen.body.includes('Action=AssumeRole')) return { status: 200, body: 'state' };
      return count <= 6 ? stsError(500, 'InternalFailure', 'sorry') : assumedRole('AssumeRole', 'ASIA1');
    });
    const aws = connect({ settings: settingsFor(server.url, { assumeRole: role }) });
    await expect(get(aws)).rejects.toMatchObject({ kind: 'service', api: 'sts:AssumeRole', attempts: 5 });
    expect(await get(aws)).toBe('state');
    aws.destroy();
  });
});

describe('against moto', () => {
  const motoUrl = inject('motoUrl');

  it.skipIf(!motoUrl)('assumes a role and reports its identity', async () => {
    const clients = awsClients(motoUrl ?? '');
    const { roleArn } = await createStateFixture(clients, { role: true, table: false });
    clients.destroy();
    const aws = connect({ settings: settingsFor(motoUrl, { assumeRole: { ...role, roleArn } }) });
    const { arn } = await aws.verifyCredentials();
    expect(arn).toBe(aws.principal());
    expect(arn).toMatch(/:assumed-role\/role-state-\w+\/gh-42$/);
    aws.destroy();
  });

  it.skipIf(!motoUrl)(
    'assumes the role of a profile with a source_profile and reports its identity',
    async () => {
      const clients = awsClients(motoUrl ?? '');
      const { roleArn } = await createStateFixture(clients, { role: true, table: false });
      clients.destroy();
      const home = await mkdtemp(join(tmpdir(), 'aws-home-'));
      const keys = 'aws_access_key_id = AKIABASE\naws_secret_access_key = secret-of-base\n';
      const profile = `[deploy]\nrole_arn = ${roleArn}\nsource_profile = base\nrole_session_name = from-profile\n`;
      await writeFile(join(home, 'credentials'), `[base]\n${keys}${profile}`);
      const aws = connect({
        settings: settingsFor(motoUrl, { static: undefined, profile: 'deploy' }),
        env: { HOME: home, AWS_SHARED_CREDENTIALS_FILE: join(home, 'credentials') },
      });
      expect((await aws.verifyCredentials()).arn).toMatch(/:assumed-role\/role-state-\w+\/from-profile$/);
      aws.destroy();
      await rm(home, { recursive: true });
    },
  );
});
