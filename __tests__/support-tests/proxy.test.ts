import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { awsClients, createStateFixture, putItem, putObject, readItem, readObject } from '../support/aws.ts';
import { type FaultProxy, startProxy } from '../support/proxy.ts';

let server: Server;
let proxy: FaultProxy;
let served: string[] = [];
let inServer = 0;
let mostInServer = 0;

beforeAll(async () => {
  server = createServer(async (asked, response) => {
    inServer += 1;
    mostInServer = Math.max(mostInServer, inServer);
    const hash = createHash('md5');
    for await (const chunk of asked) hash.update(chunk);
    served.push(`${asked.method} ${asked.url}`);
    await new Promise((resolve) => setImmediate(resolve));
    inServer -= 1;
    response.end(
      asked.url === '/long'
        ? Buffer.alloc(3 * 1024 * 1024, 'x')
        : `host=${asked.headers.host} md5=${hash.digest('hex')}`,
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  proxy = await startProxy(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
});

afterEach(() => {
  proxy.reset();
  served = [];
});

afterAll(async () => {
  await proxy.stop();
  server.closeAllConnections();
  server.close();
});

const get = (path: string) => fetch(proxy.url + path).then((answer) => answer.text());

describe('proxy', () => {
  it('forwards path and Host as sent and records the request', async () => {
    expect(await get('/a%3Ab/c?x=%20')).toContain(`host=${new URL(proxy.url).host}`);
    expect(proxy.requests).toMatchObject([
      { method: 'GET', path: '/a%3Ab/c?x=%20', status: 200, service: 'other' },
    ]);
    expect(served).toEqual(['GET /a%3Ab/c?x=%20']);
  });

  it('answers in place of the server', async () => {
    proxy.onRequest(() => ({ status: 503, headers: { 'x-why': 'fault' }, body: 'slow down' }));
    const answer = await fetch(proxy.url);
    expect([answer.status, answer.headers.get('x-why'), await answer.text()]).toEqual([
      503,
      'fault',
      'slow down',
    ]);
    expect(served).toEqual([]);
  });

  it('resets before the server sees the request, or after it has acted on it', async () => {
    proxy.onRequest(() => 'reset-before');
    await expect(get('/one')).rejects.toThrow();
    expect(served).toEqual([]);
    proxy.onRequest(() => 'reset-after');
    await expect(get('/two')).rejects.toThrow();
    expect(served).toEqual(['GET /two']);
  });

  it('repeats a request', async () => {
    proxy.onRequest(() => 'repeat');
    await get('/twice');
    expect(served).toEqual(['GET /twice', 'GET /twice']);
  });

  it('never answers a request that hangs', async () => {
    proxy.onRequest(() => 'hang');
    const controller = new AbortController();
    const answer = fetch(proxy.url, { signal: controller.signal });
    while (proxy.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort(new Error('gave up'));
    await expect(answer).rejects.toThrow('gave up');
    expect(proxy.requests[0]?.endedAt).toBeUndefined();
  });

  it('cuts an answer in its middle', async () => {
    proxy.onRequest(() => ({ cutAfterBytes: 1000 }));
    const answer = await fetch(`${proxy.url}/long`);
    await expect(answer.arrayBuffer()).rejects.toThrow();
  });

  it('holds a request until the test lets it go, before the server or after it', async () => {
    const gate = Promise.withResolvers<'pass'>();
    proxy.onRequest(() => gate.promise);
    const first = get('/held');
    while (proxy.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(served).toEqual([]);
    const after = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    proxy.afterResponse(async (record) => {
      expect(record.status).toBe(200);
      reached.resolve();
      await after.promise;
    });
    gate.resolve('pass');
    await reached.promise;
    expect([served, proxy.requests[0]?.endedAt]).toEqual([['GET /held'], undefined]);
    after.resolve();
    await first;
    expect(proxy.requests[0]?.endedAt).toBeDefined();
  });

  it('counts round trips in sequence, not requests', async () => {
    const both = Promise.withResolvers<'pass'>();
    await get('/1');
    proxy.onRequest(() => {
      if (proxy.requests.length === 3) both.resolve('pass');
      return both.promise;
    });
    await Promise.all([get('/2'), get('/3')]);
    await get('/4');
    expect(proxy.requests).toHaveLength(4);
    expect(proxy.longestChain()).toBe(3);
  });

  it('lets one request at a time through on request', async () => {
    const target = new URL(proxy.url);
    const single = await startProxy(target.href, { serialise: true });
    mostInServer = 0;
    await Promise.all(
      Array.from({ length: 10 }, (_, i) => fetch(`${single.url}/${i}`).then((r) => r.text())),
    );
    await single.stop();
    expect([served.length, mostInServer]).toEqual([10, 1]);
  });

  it('streams a large body both ways and keeps only its first MiB', async () => {
    const block = randomBytes(1024 * 1024);
    const hash = createHash('md5');
    const blocks = Array.from({ length: 64 }, () => {
      hash.update(block);
      return block;
    });
    const upload = request(proxy.url, { method: 'PUT' });
    const answered = once(upload, 'response');
    await pipeline(Readable.from(blocks), upload);
    const [answer] = await answered;
    expect(await text(answer)).toContain(hash.digest('hex'));
    expect([proxy.requests[0]?.body.length, proxy.requests[0]?.bodyBytes]).toEqual([
      1024 * 1024,
      64 * 1024 * 1024,
    ]);
    expect((await get('/long')).length).toBe(3 * 1024 * 1024);
  });
});

const motoUrl = inject('motoUrl');

describe.skipIf(!motoUrl)('proxy in front of moto', () => {
  it('carries S3, DynamoDB and STS over one port and names their calls', async () => {
    const before = await startProxy(motoUrl ?? '', { serialise: true });
    const aws = awsClients(before.url);
    const { bucket, table } = await createStateFixture(aws, { role: true });
    before.reset();
    const big = randomBytes(5 * 1024 * 1024);
    await putObject(aws, bucket, 'env:/a', big);
    expect((await readObject(aws, bucket, 'env:/a'))?.equals(big)).toBe(true);
    await putItem(aws, table, 'id', { Info: 'x' });
    expect(await readItem(aws, table, 'id')).toMatchObject({ Info: 'x' });
    expect(
      before.requests.map(({ service, operation, status }) => `${service}.${operation} ${status}`),
    ).toEqual(['s3.PutObject 200', 's3.GetObject 200', 'dynamodb.PutItem 200', 'dynamodb.GetItem 200']);
    expect(before.requests[0]?.path).toContain('/env%3A/a');
    expect(before.longestChain()).toBe(4);
    aws.destroy();
    await before.stop();
  });
});
