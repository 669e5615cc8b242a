import { createHash } from 'node:crypto';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it } from 'vitest';
import { checksumsFor } from '../../src/aws/s3-part.ts';
import {
  callerIdentity,
  connect,
  dynamodbOk,
  type Seen,
  serve,
  settingsFor,
  type TestServer,
} from './support.ts';

let server: TestServer | undefined;
afterEach(() => server?.close());

const ok = (seen: Seen) => {
  if (seen.headers['x-amz-target']) return dynamodbOk;
  return seen.body.includes('GetCallerIdentity') ? callerIdentity() : { status: 200, body: 'x' };
};

const WHEN_SUPPORTED = { AWS_REQUEST_CHECKSUM_CALCULATION: 'when_supported' };
const checksum = (algorithm: string): string => createHash(algorithm).update('{}').digest('base64');

async function get(key: string): Promise<string> {
  server = await serve(ok);
  const aws = connect({ settings: settingsFor(server.url) });
  await aws.call({ api: 's3:GetObject', resource: `s3://b/${key}` }, async (abortSignal) => {
    const answer = await aws.s3.send(() => new GetObjectCommand({ Bucket: 'b', Key: key }), { abortSignal });
    return await answer.Body?.transformToString();
  });
  aws.destroy();
  return server.seen[0]?.path.split('?', 1)[0] ?? '';
}

describe('S3 keys on the wire', () => {
  it.each([
    ['a/../b', '/b/a/../b'],
    ['./b', '/b/./b'],
    ['../b', '/b/../b'],
    ['a//b', '/b/a//b'],
    ['a/./b/..', '/b/a/./b/..'],
    ['env:/dev/k/app.tfstate', '/b/env%3A/dev/k/app.tfstate'],
    ['a b+c', '/b/a%20b%2Bc'],
  ])('sends %s as %s', async (key, path) => {
    expect(await get(key)).toBe(path);
  });
});

describe('user agent', () => {
  it('names the action, run and attempt to S3, DynamoDB and STS', async () => {
    server = await serve(ok);
    const aws = connect({
      settings: settingsFor(server.url),
      userAgent: [
        ['terraform-s3-state', '1.0.0'],
        ['md/run_id', '123'],
        ['md/attempt', '1'],
      ],
    });
    await aws.call({ api: 's3:GetObject', resource: 'r' }, () =>
      aws.s3
        .send(() => new GetObjectCommand({ Bucket: 'b', Key: 'k' }))
        .then((answer) => answer.Body?.transformToString()),
    );
    await aws.call({ api: 'dynamodb:GetItem', resource: 'r' }, () =>
      aws.dynamodb.send(new GetItemCommand({ TableName: 't', Key: { LockID: { S: 'x' } } })),
    );
    await aws.verifyCredentials();
    aws.destroy();
    expect(server.seen).toHaveLength(3);
    for (const { headers } of server.seen) {
      expect(headers['user-agent']).toContain('terraform-s3-state/1.0.0');
      expect(headers['user-agent']).toMatch(/md\/run_id[#/]123/);
      expect(headers['user-agent']).toMatch(/md\/attempt[#/]1/);
    }
  });
});

describe('checksums', () => {
  it('are left to the SDK for AWS, under any of its host names', () => {
    expect(checksumsFor(undefined, {})).toEqual({});
    expect(checksumsFor('https://bucket.vpce-1.s3.eu-west-1.vpce.amazonaws.com', {})).toEqual({});
    expect(checksumsFor('https://s3.cn-north-1.amazonaws.com.cn', {})).toEqual({});
  });

  it('are sent to other stores only when they are required', async () => {
    const required = {
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    };
    expect(checksumsFor('https://amazonaws.com.example.org', {})).toEqual(required);
    server = await serve(() => ({ status: 200 }));
    const aws = connect({ settings: settingsFor(server.url) });
    await aws.call({ api: 's3:PutObject', resource: 'r' }, () =>
      aws.s3.send(() => new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: '{}' })),
    );
    await aws.call({ api: 's3:GetObject', resource: 'r' }, () =>
      aws.s3
        .send(() => new GetObjectCommand({ Bucket: 'b', Key: 'k' }))
        .then((answer) => answer.Body?.transformToString()),
    );
    aws.destroy();
    const names = server.seen.flatMap(({ headers }) => Object.keys(headers));
    expect(names.filter((name) => /checksum|trailer/.test(name))).toEqual([]);
  });

  it("follow the SDK's own variables when these are set", () => {
    const env = {
      AWS_REQUEST_CHECKSUM_CALCULATION: 'when_supported',
      AWS_RESPONSE_CHECKSUM_VALIDATION: 'when_supported',
    };
    expect(checksumsFor('https://minio.example.org', env)).toEqual({});
  });

  it.each([
    ['AWS gets a SHA-256', 'http://s3.eu-west-1.amazonaws.com', false, {}, ['x-amz-checksum-sha256']],
    ['another store gets an MD5', undefined, false, {}, ['content-md5']],
    [
      "another store gets a SHA-256 when the SDK's variables ask for it",
      undefined,
      false,
      WHEN_SUPPORTED,
      ['x-amz-checksum-sha256'],
    ],
    ['AWS gets none with skip_s3_checksum', 'http://s3.eu-west-1.amazonaws.com', true, {}, []],
    ['another store gets none with skip_s3_checksum', undefined, true, WHEN_SUPPORTED, []],
  ])('of a whole object: %s', async (_, s3, skipS3Checksum, env, sent) => {
    server = await serve(() => ({ status: 200 }));
    const settings = settingsFor(server.url);
    // AWS's name leads to the test's server.
    const network = { ...settings.network, httpProxy: s3 && server.url };
    const endpoints = { ...settings.endpoints, s3: s3 ?? server.url };
    const aws = connect({ settings: { ...settings, endpoints, network, skipS3Checksum }, env });
    const sums = { ChecksumSHA256: checksum('sha256'), ContentMD5: checksum('md5') };
    await aws.call({ api: 's3:PutObject', resource: 'r' }, () =>
      aws.s3.send(() => new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: '{}', ...sums })),
    );
    aws.destroy();
    const names = Object.keys(server.seen[0]?.headers ?? {});
    expect(names.filter((name) => /md5|checksum|trailer/.test(name))).toEqual(sent);
  });
});

describe("the SDK's own switches", () => {
  it.each([
    ['true', true],
    ['True', true],
    ['FALSE', false],
    ['', undefined],
  ])('count in any case, as in Terraform: %j', async (value, expected) => {
    const env = { AWS_S3_USE_ARN_REGION: value, AWS_S3_DISABLE_EXPRESS_SESSION_AUTH: value };
    const aws = connect({ settings: settingsFor('http://127.0.0.1:9'), env });
    const { config } = await aws.s3.load();
    const { useArnRegion, disableS3ExpressSessionAuth } = config;
    const given = [useArnRegion, disableS3ExpressSessionAuth].filter((value) => typeof value !== 'function');
    expect(given).toEqual(expected === undefined ? [] : [expected, expected]);
    aws.destroy();
  });
});

describe('connections', () => {
  it('send nothing before the first call', async () => {
    server = await serve(ok);
    connect({ settings: settingsFor(server.url) }).destroy();
    expect(server.seen).toEqual([]);
  });

  it('share one pool among the three clients', async () => {
    const aws = connect({ settings: settingsFor('http://127.0.0.1:9') });
    const { config } = await aws.s3.load();
    expect(aws.dynamodb.config.requestHandler).toBe(config.requestHandler);
    aws.destroy();
  });
});
