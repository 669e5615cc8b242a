import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { HttpRequest } from '@smithy/core/protocols';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Transport } from '../../src/aws/bounded-transport.ts';
import { silentLogger } from '../../src/aws/clients.ts';
import { toAwsError } from '../../src/aws/errors.ts';
import { mayHaveActed } from '../../src/aws/in-doubt.ts';
import { putFile } from '../../src/aws/put-file.ts';
import { followRedirects, redirectRequest } from '../../src/aws/redirects.ts';
import { repeatableBody } from '../../src/aws/repeatable-body.ts';
import { checksumsFor } from '../../src/aws/s3-part.ts';
import { makeTransport } from '../../src/aws/transport.ts';
import { explainAwsError } from '../../src/messages/explain-aws-error.ts';
import { s3Sender } from '../support/s3-sender.ts';

const NETWORK = {
  httpProxy: undefined,
  httpsProxy: undefined,
  noProxy: undefined,
  caBundle: undefined,
  insecure: false,
};
const KEYS = { accessKeyId: 'AKIDEXAMPLE00', secretAccessKey: 'example-secret' };
const NOT_OURS = /store redirects the request to .*which is not one of its own hosts/;

interface Asked {
  readonly line: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A store that answers each request with the next of these, and the requests it got. */
async function store(
  ...answers: RequestListener[]
): Promise<{ client: S3Client; asked: Asked[]; url: string }> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const line = `${request.method} ${request.url?.split('?')[0]}`;
    const answer = answers[Math.min(asked.length, answers.length - 1)];
    asked.push({ line, headers: request.headers, body: Buffer.concat(chunks).toString() });
    answer?.(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://localhost:${port}`;
  const client = createClient(url, makeTransport(NETWORK));
  onTestFinished(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  return { client, asked, url };
}

function createClient(endpoint: string, requestHandler: Transport): S3Client {
  const settings = {
    region: 'eu-west-1',
    endpoint,
    forcePathStyle: true,
    maxAttempts: 1,
    requestHandler,
    logger: silentLogger,
  };
  const checksums = checksumsFor(endpoint, {});
  const client = new S3Client({ ...settings, ...checksums, credentials: KEYS });
  followRedirects(client);
  return client;
}

const to =
  (location: string, status = 307): RequestListener =>
  (_, response) => {
    response.writeHead(status, { location, 'content-type': 'application/xml' });
    response.end('<Error><Code>TemporaryRedirect</Code></Error>');
  };
const done: RequestListener = (_, response) => response.end();
const object: RequestListener = (_, response) => response.end('x'.repeat(2 * 1024 * 1024));

const TOKEN = {
  RoleArn: 'arn:aws:iam::111122223333:role/r',
  RoleSessionName: 's',
  WebIdentityToken: 'token',
};
const ITEM = { TableName: 'locks', Key: { LockID: { S: 'b/k' } } };

/** The options that the clients of all services take. */
interface Connection {
  readonly region: string;
  readonly endpoint: string;
  readonly credentials: typeof KEYS;
  readonly maxAttempts: number;
  readonly requestHandler: Transport;
}

const AT = { Bucket: 'b', Key: 'k' };
const BODY = 'the state';
const sha256 = createHash('sha256').update(BODY).digest();
const signal = new AbortController().signal;

function catchFailure(error: unknown, api = 's3:PutObject') {
  const call = { api, resource: 's3://b/k', principal: undefined, region: 'eu-west-1', endpoint: undefined };
  return toAwsError(error, { ...call, identity: undefined, attempts: 1, aborted: false, now: 0 });
}

describe('a redirect from a store', () => {
  it.each([307, 308])('%s is followed with a request that is signed for the new host', async (status) => {
    const there = await store(done);
    const { client, asked } = await store(to(`${there.url}/there?versionId=7`, status));
    await client.send(new HeadObjectCommand(AT));
    expect([...asked, ...there.asked].map(({ line }) => line)).toEqual(['HEAD /b/k', 'HEAD /there']);
    const [first, second] = [...asked, ...there.asked].map(({ headers }) => headers);
    expect(second?.host).toBe(new URL(there.url).host);
    expect(second?.authorization).toMatch(/SignedHeaders=[^,]*host/);
    expect(signatureIn(second)).not.toBe(signatureIn(first));
  });

  it('makes the client send a file again from its start', async () => {
    const { client, asked } = await store(to('/b/there'), done);
    let made = 0;
    const read = () => {
      made += 1;
      return Readable.from([Buffer.from(BODY)], { objectMode: false });
    };
    await putFile(s3Sender(client), { ...AT, ContentLength: BODY.length }, read, sha256, signal);
    expect(asked.map(({ line, body }) => `${line} ${body}`)).toEqual([
      `PUT /b/k ${BODY}`,
      `PUT /b/there ${BODY}`,
    ]);
    expect(asked.map(({ headers }) => headers['x-amz-content-sha256'])).toEqual([
      sha256.toString('hex'),
      sha256.toString('hex'),
    ]);
    expect(made).toBe(2);
  });

  it('makes the client send a text again', async () => {
    const { client, asked } = await store(to('/b/there'), done);
    await client.send(new PutObjectCommand({ ...AT, Body: BODY }));
    expect(asked.map(({ body }) => body)).toEqual([BODY, BODY]);
  });

  it('works for an object of any size', async () => {
    const { client } = await store(to('/elsewhere'), object);
    const { Body } = await client.send(new GetObjectCommand(AT));
    expect((await Body?.transformToByteArray())?.length).toBe(2 * 1024 * 1024);
  });

  it('is not followed forever', async () => {
    const { client, asked } = await store(to('/b/k'));
    await expect(client.send(new HeadObjectCommand(AT))).rejects.toThrow('more than 3 times');
    expect(asked).toHaveLength(4);
  });

  it('to a foreign host fails with a clear error, and no write is in doubt', async () => {
    const { client, asked } = await store(to('https://evil.example/b/k'));
    const error = await client.send(new PutObjectCommand({ ...AT, Body: BODY })).catch((one: unknown) => one);
    expect(asked).toHaveLength(1);
    expect(mayHaveActed(catchFailure(error))).toBe(false);
    expect(explainAwsError(catchFailure(error))).toMatch(NOT_OURS);
  });

  it("of a stream that can't be read twice fails with a clear error", async () => {
    const { client, asked } = await store(to('/b/there'), done);
    const Body = Readable.from([Buffer.from(BODY)], { objectMode: false });
    const put = client.send(new PutObjectCommand({ ...AT, Body, ContentLength: BODY.length }));
    await expect(put).rejects.toThrow("its body can't be sent again");
    expect(asked).toHaveLength(1);
  });

  it('is subject to the rule against secrets over plain http, like the first request', async () => {
    const { client, asked } = await store(to('http://store.example/b/k'));
    client.middlewareStack.add((next) => (args) => next(toStore(args)), {
      step: 'finalizeRequest',
      priority: 'low',
      name: 'anotherHost',
    });
    const customer = {
      SSECustomerAlgorithm: 'AES256',
      SSECustomerKey: Buffer.alloc(32, 7).toString('base64'),
    };
    await expect(client.send(new HeadObjectCommand({ ...AT, ...customer }))).rejects.toThrow(
      'the SSE-C key would go to store.example over plain http',
    );
    expect(asked).toHaveLength(0);
  });

  it.each([
    [
      'STS, with a token',
      (config: Connection) => new STSClient(config).send(new AssumeRoleWithWebIdentityCommand(TOKEN)),
    ],
    ['DynamoDB', (config: Connection) => new DynamoDBClient(config).send(new GetItemCommand(ITEM))],
  ])('from %s is not followed, not even to the same host', async (_, send) => {
    const { asked, url } = await store(to('/there'), done);
    const requestHandler = makeTransport(NETWORK);
    onTestFinished(() => requestHandler.destroy?.());
    const config = { region: 'eu-west-1', endpoint: url, credentials: KEYS, maxAttempts: 1, requestHandler };
    await expect(send(config)).rejects.toThrow();
    expect(asked).toHaveLength(1);
  });

  const redirect = (from: string, location: string, body?: unknown) => {
    const request = new HttpRequest({
      protocol: 'https:',
      hostname: from,
      method: 'GET',
      path: '/b/k',
      body,
    });
    return redirectRequest(request, location).hostname;
  };

  it.each([
    ['b.s3.amazonaws.com', 'https://b.s3.eu-west-1.amazonaws.com/k', 'b.s3.eu-west-1.amazonaws.com'],
    ['store.example', 'https://b.store.example/k', 'b.store.example'],
    ['store.example', '/elsewhere', 'store.example'],
  ])('leads from %s to %s', (from, location, host) => expect(redirect(from, location)).toBe(host));

  it.each<[string, string, string, RegExp]>([
    ['another host', 'store.example', 'https://evil.example/k', NOT_OURS],
    [
      "a host whose name only resembles AWS's",
      'b.s3.amazonaws.com',
      'https://s3.amazonaws.com.evil.example/k',
      NOT_OURS,
    ],
    ['a host that ends like AWS', 'b.s3.amazonaws.com', 'https://s3.evilamazonaws.com/k', NOT_OURS],
    ['a host that begins like S3', 'b.s3.amazonaws.com', 'https://s3-amazonaws.com/k', NOT_OURS],
    ['a parent domain', 'minio.tenant.co.uk', 'https://co.uk/k', NOT_OURS],
    ['plain http', 'store.example', 'http://store.example/k', /without TLS/],
    ['no address', 'store.example', 'https://', /an invalid address/],
  ])('is not followed: %s', (_, from, location, words) => {
    expect(() => redirect(from, location)).toThrow(words);
  });

  it("is not followed with a stream that can't be recreated", () => {
    expect(() => redirect('store.example', '/x', new Readable())).toThrow("can't be sent again");
    expect(
      redirect(
        'store.example',
        '/x',
        repeatableBody(() => new Readable()),
      ),
    ).toBe('store.example');
  });
});

function signatureIn(headers: IncomingHttpHeaders | undefined): string | undefined {
  return /Signature=(\w+)/.exec(headers?.authorization ?? '')?.[1];
}

function toStore<Args extends { request: unknown }>(args: Args): Args {
  if (HttpRequest.isInstance(args.request)) args.request.hostname = 'store.example';
  return args;
}
