import { createHook } from 'node:async_hooks';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { bucketServer } from '../../src/aws/aws-endpoints.ts';
import type { AwsSettings } from '../../src/aws/settings.ts';
import { plainAwsSettings, plainRole } from '../support/aws-settings.ts';
import { type ForwardProxy, startForwardProxy } from '../support/tls-endpoint.ts';
import {
  assumedRole,
  callerIdentity,
  connect,
  noCredentialSettings,
  s3Error,
  serve,
  settingsFor,
  type TestServer,
  testKeys,
} from './support.ts';

let proxy: ForwardProxy | undefined;
let server: TestServer | undefined;
afterEach(async () => {
  vi.unstubAllEnvs();
  await proxy?.close();
  await server?.close();
  proxy = undefined;
  server = undefined;
});

/** The hosts that the calls to S3, DynamoDB and STS go to, as seen by a proxy that lets nothing through. */
async function hosts(settings: Partial<AwsSettings>): Promise<string[]> {
  proxy = await startForwardProxy();
  proxy.refuse(403);
  const aws = connect({
    settings: {
      ...plainAwsSettings,
      credentials: { ...noCredentialSettings, static: testKeys },
      network: { ...plainAwsSettings.network, httpsProxy: proxy.url },
      ...settings,
    },
  });
  const get = new GetObjectCommand({ Bucket: 'states', Key: 'k' });
  const item = new GetItemCommand({ TableName: 't', Key: { LockID: { S: 'x' } } });
  const calls = [
    aws.call({ api: 's3:GetObject', resource: 's3://b/k' }, () =>
      aws.s3.send(() => get).then(() => undefined),
    ),
    aws.call({ api: 'dynamodb:GetItem', resource: 'table t' }, () => aws.dynamodb.send(item)),
    aws.verifyCredentials(),
  ];
  await Promise.allSettled<unknown>(calls);
  aws.destroy();
  return proxy.asked.map(({ line }) => line.replace('CONNECT ', '').replace(':443', '')).sort();
}

describe("AWS's own endpoints", () => {
  it('are those of the region', async () => {
    expect(await hosts({})).toEqual([
      'dynamodb.eu-west-1.amazonaws.com',
      'states.s3.eu-west-1.amazonaws.com',
      'sts.eu-west-1.amazonaws.com',
    ]);
  });

  it('are the FIPS and IPv6 endpoints when the inputs ask for them, and not because of the environment', async () => {
    const variants = { fips: true, dualstack: true };
    expect(await hosts({ region: 'us-east-1', variants })).toEqual([
      'dynamodb-fips.us-east-1.api.aws',
      'states.s3-fips.dualstack.us-east-1.amazonaws.com',
      'sts-fips.us-east-1.api.aws',
    ]);
    vi.stubEnv('AWS_USE_FIPS_ENDPOINT', 'true');
    expect(await hosts({})).toContain('dynamodb.eu-west-1.amazonaws.com');
  });

  it('belong to the partition of the region', async () => {
    expect(await hosts({ region: 'cn-north-1' })).toContain('states.s3.cn-north-1.amazonaws.com.cn');
  });

  it('STS is asked in sts_region', async () => {
    expect(await hosts({ stsRegion: 'us-west-2' })).toContain('sts.us-west-2.amazonaws.com');
    server = await serve(() => callerIdentity());
    const aws = connect({ settings: { ...settingsFor(server.url), stsRegion: 'us-west-2' } });
    await aws.verifyCredentials();
    expect(server.seen[0]?.headers.authorization).toContain('/us-west-2/sts/');
    aws.destroy();
  });
});

/** How many connections are begun until `work` resolves. */
async function countBegun(work: () => Promise<void>): Promise<number> {
  let begun = 0;
  const hook = createHook({
    init: (_id, type) => {
      if (type === 'TCPCONNECTWRAP') begun += 1;
    },
  });
  hook.enable();
  await work();
  hook.disable();
  return begun;
}

/** The server that the SDK's own rules for S3 name. */
async function serverByRules(settings: AwsSettings, bucket: string): Promise<string> {
  const aws = connect({ settings });
  const { config } = await aws.s3.load();
  const { url } = config.endpointProvider({
    Region: settings.region,
    UseFIPS: settings.variants.fips,
    UseDualStack: settings.variants.dualstack,
    Endpoint: settings.endpoints.s3,
    Bucket: bucket,
    ForcePathStyle: settings.usePathStyle,
  });
  aws.destroy();
  return url.origin;
}

describe("the bucket's server", () => {
  const endpoints = [
    undefined,
    'http://127.0.0.1:9000',
    'http://[::1]:9000',
    'https://10.0.0.1',
    'http://minio.example:9000',
    'https://store.example/base',
    'https://bucket.vpce-1a2b-c3d4.s3.eu-west-1.vpce.amazonaws.com',
  ];
  const routes = endpoints.flatMap((s3) =>
    ['eu-west-1', 'us-east-1', 'cn-north-1', 'us-gov-west-1'].flatMap((region) =>
      [false, true].flatMap((usePathStyle) =>
        (s3 === undefined ? [false, true] : [false]).map((isVariant) => ({
          ...plainAwsSettings,
          endpoints: { ...plainAwsSettings.endpoints, s3 },
          region,
          usePathStyle,
          variants: { fips: isVariant && region !== 'cn-north-1', dualstack: isVariant },
        })),
      ),
    ),
  );

  it.each(['states', 'my.states', 'Legacy_States', '1-2', 'a'.repeat(63)])(
    "of %s is the one of the SDK's rules, on every route",
    async (bucket) => {
      for (const settings of routes) {
        expect(bucketServer(settings, bucket)?.origin).toBe(await serverByRules(settings, bucket));
      }
    },
  );

  it.each([
    'arn:aws:s3:eu-west-1:111122223333:accesspoint/states',
    'states--euw1-az1--x-s3',
    'states-111122223333--op-s3',
  ])('of %s is left to the rules', (bucket) => {
    expect(bucketServer(plainAwsSettings, bucket)).toBeUndefined();
  });
});

describe('connections that are opened ahead', () => {
  it('carry the first requests to the bucket, to the table and to STS', async () => {
    server = await serve(({ path }) => (path === '/' ? callerIdentity() : { status: 200, body: '{}' }));
    const aws = connect({ settings: settingsFor(server.url) });
    await aws.openConnections({ bucket: 'states', toTable: 1, isTableFirst: false, identity: true });
    await expect.poll(() => server?.countConnections()).toBe(3);
    const get = new GetObjectCommand({ Bucket: 'states', Key: 'k' });
    const item = new GetItemCommand({ TableName: 't', Key: { LockID: { S: 'x' } } });
    await Promise.allSettled<unknown>([
      aws.verifyCredentials(),
      aws.call({ api: 'dynamodb:GetItem', resource: 'table t' }, () => aws.dynamodb.send(item)),
      aws.call({ api: 's3:GetObject', resource: 's3://b/k' }, () =>
        aws.s3.send(() => get).then(() => undefined),
      ),
    ]);
    expect(server.seen).toHaveLength(3);
    expect(server.countConnections()).toBe(3);
    aws.destroy();
  });

  it('are under way before the program does anything else', async () => {
    server = await serve(() => 'hang');
    const aws = connect({ settings: settingsFor(server.url) });
    const first = { bucket: 'states', toTable: 2, isTableFirst: true, identity: true };
    expect(await countBegun(() => aws.openConnections(first))).toBe(4);
    aws.destroy();
  });

  it("don't wait for the SDK's part for S3, which is loaded once the first request to the table is written", async () => {
    server = await serve(({ path }) => (path === '/' ? { status: 200, body: '{}' } : 'hang'));
    const aws = connect({ settings: settingsFor(server.url) });
    const load = vi.spyOn(aws.s3, 'load');
    await aws.openConnections({ bucket: 'states', toTable: 1, isTableFirst: true, identity: false });
    await expect.poll(() => server?.countConnections()).toBe(2);
    expect(load).not.toHaveBeenCalled();
    const item = new GetItemCommand({ TableName: 't', Key: { LockID: { S: 'x' } } });
    await aws.call({ api: 'dynamodb:GetItem', resource: 'table t' }, () => aws.dynamodb.send(item));
    await expect.poll(() => load.mock.calls.length).toBe(1);
    expect(server.seen).toHaveLength(1);
    aws.destroy();
  });

  it('go to STS only for an identity, a role or a rule about accounts', async () => {
    const assumeRole = { ...plainRole, roleArn: 'arn:aws:iam::111122223333:role/r', sessionName: 's' };
    const role = { ...plainAwsSettings.credentials, assumeRole };
    const rule = { allowed: ['111122223333'], forbidden: [] };
    const count = async (settings: Partial<AwsSettings>, identity = false) => {
      const own = await serve(() => ({ status: 200 }));
      const aws = connect({ settings: { ...settingsFor(own.url), ...settings } });
      const all = identity || settings.credentials || settings.accounts ? 2 : 1;
      await aws.openConnections({ bucket: 'states', toTable: 0, isTableFirst: false, identity });
      await expect.poll(() => own.countConnections()).toBe(all);
      aws.destroy();
      await own.close();
      return own.countConnections();
    };
    expect(await count({})).toBe(1);
    expect(await count({}, true)).toBe(2);
    expect(await count({ credentials: role })).toBe(2);
    expect(await count({ accounts: rule })).toBe(2);
  });
});

describe('skip_s3_checksum', () => {
  it('sends and requests no checksum, whatever the environment says', async () => {
    server = await serve(() => ({ status: 200 }));
    const settings = { ...settingsFor(server.url), skipS3Checksum: true };
    const env = { AWS_REQUEST_CHECKSUM_CALCULATION: 'when_supported' };
    const aws = connect({ settings, env });
    await aws.call({ api: 's3:PutObject', resource: 'r' }, () =>
      aws.s3.send(() => new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: '{}', ChecksumSHA256: 'x' })),
    );
    aws.destroy();
    const names = server.seen.flatMap(({ headers }) => Object.keys(headers));
    expect(names.filter((name) => /checksum|trailer/.test(name))).toEqual([]);
  });
});

describe('retry_mode: adaptive', () => {
  it('continues after AWS asks for a slowdown', async () => {
    server = await serve((_, count) =>
      count === 1 ? s3Error(503, 'SlowDown', 'Please reduce your request rate.') : callerIdentity(),
    );
    const aws = connect({ settings: { ...settingsFor(server.url), retryMode: 'adaptive' } });
    expect((await aws.verifyCredentials()).account).toBe('111122223333');
    expect(server.seen).toHaveLength(2);
    aws.destroy();
  });
});

describe("a role's session", () => {
  it("is requested with all inputs, and with our tags beside the user's", async () => {
    server = await serve(() => assumedRole('AssumeRole', 'ASIA1'));
    const assumeRole = {
      ...plainRole,
      roleArn: 'arn:aws:iam::111122223333:role/state',
      sessionName: 's1',
      durationSeconds: 3600,
      policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
      givenTags: [{ key: 'team', value: 'a' }],
      tags: [{ key: 'github:run', value: '1' }],
      transitiveTagKeys: ['team'],
      sourceIdentity: 'alice',
    };
    const aws = connect({ settings: settingsFor(server.url, { assumeRole }) });
    await aws.signIn();
    aws.destroy();
    expect(Object.fromEntries(new URLSearchParams(server.seen[0]?.body))).toMatchObject({
      DurationSeconds: '3600',
      'PolicyArns.member.1.arn': 'arn:aws:iam::aws:policy/ReadOnlyAccess',
      'Tags.member.1.Key': 'team',
      'Tags.member.1.Value': 'a',
      'Tags.member.2.Key': 'github:run',
      'TransitiveTagKeys.member.1': 'team',
      SourceIdentity: 'alice',
    });
  });
});

describe('ec2_metadata_service_endpoint', () => {
  it('is the endpoint that instance credentials come from', async () => {
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', 'http://127.0.0.1:1');
    server = await serve(({ path }) => {
      if (path === '/latest/api/token') return { status: 200, body: 'token' };
      if (path.endsWith('/security-credentials/')) return { status: 200, body: 'role' };
      const keys = { AccessKeyId: 'AKIAIMDS', SecretAccessKey: 's', Token: 't', Code: 'Success' };
      return {
        status: 200,
        body: JSON.stringify({ ...keys, Expiration: new Date(Date.now() + 3_600_000) }),
      };
    });
    const settings = settingsFor(server.url, {
      static: undefined,
      skipMetadataApiCheck: false,
      metadata: { endpoint: server.url, mode: 'IPv4' },
    });
    const aws = connect({ settings, env: { HOME: '/nonexistent' } });
    await aws.signIn();
    aws.destroy();
    expect(server.seen.at(-1)?.path).toContain('/security-credentials/role');
  });
});
