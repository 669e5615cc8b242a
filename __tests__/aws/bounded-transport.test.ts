import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { toAwsError } from '../../src/aws/errors.ts';
import { mayHaveActed } from '../../src/aws/in-doubt.ts';
import { makeTransport } from '../../src/aws/transport.ts';
import { explainAwsError } from '../../src/messages/explain-aws-error.ts';

const LIMITS = { graceMs: 30_000, bytesPerSecond: 1024 * 1024, answerBytes: 64 * 1024 };
const NETWORK = {
  httpProxy: undefined,
  httpsProxy: undefined,
  noProxy: undefined,
  caBundle: undefined,
  insecure: true,
};
const CONTEXT = {
  api: 's3:GetObject',
  resource: 's3://b/k',
  principal: undefined,
  region: 'eu-west-1',
  identity: undefined,
  attempts: 1,
  aborted: false,
  now: 0,
};

async function serve(listener: RequestListener, limits: Partial<typeof LIMITS> = {}): Promise<S3Client> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = new S3Client({
    region: 'eu-west-1',
    endpoint: `http://127.0.0.1:${port}`,
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: 'AKIDEXAMPLE00', secretAccessKey: 'example-secret' },
    requestHandler: makeTransport(NETWORK, { ...LIMITS, ...limits }),
  });
  onTestFinished(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  return client;
}

const get = (client: S3Client) => client.send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }));

async function catchFailure(work: Promise<unknown>) {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return toAwsError(error, { ...CONTEXT, endpoint: 'http://127.0.0.1:1' }).failure;
}

describe('a request is bounded', () => {
  it('fails when the server sends its answer byte by byte', async () => {
    const client = await serve(
      (_, response) => {
        response.writeHead(500, { 'content-type': 'application/xml' });
        const timer = setInterval(() => response.write('x'), 20);
        response.on('close', () => clearInterval(timer));
      },
      { graceMs: 300 },
    );
    await expect(get(client)).rejects.toThrow();
  });

  it('fails when an object arrives slower than any real network would deliver it', async () => {
    const client = await serve(
      (_, response) => {
        response.writeHead(200, { 'content-length': '1000' });
        const timer = setInterval(() => response.write('x'), 20);
        response.on('close', () => clearInterval(timer));
      },
      { graceMs: 300 },
    );
    const { Body } = await get(client);
    await expect(Body?.transformToByteArray()).rejects.toThrow('no complete answer');
  });

  it.each([
    ['never ends', {}],
    ['announces a length beyond the limit', { 'content-length': String(2 ** 40) }],
  ])('ends when the body of an error %s', async (_, length) => {
    let sent = 0;
    const client = await serve((_, response) => {
      response.writeHead(403, { 'content-type': 'application/xml', ...length });
      const chunk = Buffer.alloc(16 * 1024, 'x');
      const more = () => {
        sent += chunk.length;
        if (!response.destroyed && response.write(chunk)) setImmediate(more);
        else response.once('drain', more);
      };
      more();
    });
    expect((await catchFailure(get(client))).status).toBe(403);
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });

  it('delivers an object of any size in full', async () => {
    const client = await serve((_, response) => response.end(Buffer.alloc(512 * 1024, 'x')));
    const { Body } = await get(client);
    expect((await Body?.transformToByteArray())?.length).toBe(512 * 1024);
  });
});

describe('an answer that is not from a store', () => {
  const page = '<html><body><h1>It works</h1></body></html>';
  it.each([301, 403, 404])('is reported as a web page, whatever its status: %s', async (status) => {
    const client = await serve((_, response) => {
      response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' });
      response.end(page);
    });
    const failure = await catchFailure(get(client));
    expect(failure).toMatchObject({ kind: 'web_page', status });
  });
});

it.each([502, 504])("a gateway's page with status %s leaves a write in doubt", async (status) => {
  const client = await serve((_, response) => {
    response.writeHead(status, { 'content-type': 'text/html' });
    response.end('<html><body>Bad gateway</body></html>');
  });
  const put = client.send(new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: 'x' }));
  const error = await put.catch((reason: unknown) => reason);
  const failed = toAwsError(error, { ...CONTEXT, api: 's3:PutObject', endpoint: undefined });
  expect(failed.kind).toBe('service');
  expect(mayHaveActed(failed)).toBe(true);
});

it("a 404 in plain text comes from a web server and doesn't mean a missing state", async () => {
  const client = await serve((_, response) => {
    response.writeHead(404, { 'content-type': 'text/plain' });
    response.end('404 page not found');
  });
  expect((await catchFailure(get(client))).kind).toBe('web_page');
});

describe('a refusal that is not about permissions', () => {
  it.each([
    ['InvalidObjectState', 'archived'],
    ['AccountProblem', 'account_problem'],
  ])('%s', async (code, kind) => {
    const client = await serve((_, response) => {
      response.writeHead(403, { 'content-type': 'application/xml' });
      response.end(`<Error><Code>${code}</Code><Message>no</Message></Error>`);
    });
    const error = await get(client).catch((reason: unknown) => reason);
    const failed = toAwsError(error, { ...CONTEXT, endpoint: undefined });
    expect(failed.kind).toBe(kind);
    expect(explainAwsError(failed)).not.toContain('permission s3:');
  });
});

it("the error of a refused put with a customer key names the bucket setting that S3 doesn't mention", () => {
  const cause = Object.assign(new Error('Access Denied'), {
    name: 'AccessDenied',
    $metadata: { httpStatusCode: 403 },
  });
  const context = { ...CONTEXT, api: 's3:PutObject', endpoint: undefined };
  expect(explainAwsError(toAwsError(cause, { ...context, asked: ['sse_customer_key'] }))).toContain(
    'block SSE-C',
  );
  expect(explainAwsError(toAwsError(cause, context))).not.toContain('SSE-C');
});
