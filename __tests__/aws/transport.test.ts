import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { HttpRequest } from '@smithy/core/protocols';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Aws } from '../../src/aws/aws.ts';
import type { NetworkSettings } from '../../src/aws/settings.ts';
import { makeTransport } from '../../src/aws/transport.ts';
import { explain } from '../../src/messages/explain.ts';
import { plainAwsSettings } from '../support/aws-settings.ts';
import { type ForwardProxy, serveTls, startForwardProxy, type TlsEndpoint } from '../support/tls-endpoint.ts';
import { connect, serve, settingsFor } from './support.ts';

// A name that only the proxy can resolve.
const HOST = 's3.store.example';

let store: TlsEndpoint;
let proxy: ForwardProxy;
beforeAll(async () => {
  store = await serveTls(HOST, 'the state');
});
afterAll(() => store.close());
afterEach(() => proxy?.close());

const get = (aws: Aws) =>
  aws.call({ api: 's3:GetObject', resource: 's3://b/k' }, async (abortSignal) => {
    const { Body } = await aws.s3.send(() => new GetObjectCommand({ Bucket: 'b', Key: 'k' }), {
      abortSignal,
    });
    return await Body?.transformToString();
  });

/** The result of a GET with these settings, or its error. */
async function fetched(url: string, network: Partial<NetworkSettings>, onSecret = (_: string) => {}) {
  const settings = {
    ...settingsFor(url),
    maxAttempts: 1,
    network: { ...plainAwsSettings.network, ...network },
  };
  const aws = connect({ settings, onSecret });
  try {
    return await get(aws).catch((error: Error) => error);
  } finally {
    aws.destroy();
  }
}

describe('an endpoint with a self-signed certificate', () => {
  const here = () => `https://127.0.0.1:${store.port}`;

  it('is refused, with the fix', async () => {
    const error = await fetched(here(), {});
    expect(error).toMatchObject({ kind: 'unreachable' });
    expect(explain(error, 0)).toContain('`custom_ca_bundle`');
  });

  it('is trusted by custom_ca_bundle', async () => {
    expect(await fetched(here(), { caBundle: store.bundle })).toBe('the state');
  });

  it('is accepted unchecked with insecure', async () => {
    expect(await fetched(here(), { insecure: true })).toBe('the state');
  });

  it('fails with an error that names the bundle when it is missing or invalid', () => {
    const settings = (caBundle: string) => ({
      ...settingsFor(here()),
      network: { ...plainAwsSettings.network, caBundle },
    });
    expect(() => connect({ settings: settings('/nonexistent.pem') })).toThrow(
      "custom_ca_bundle: /nonexistent.pem can't be read (ENOENT).",
    );
    const odd = `${store.bundle}.odd`;
    writeFileSync(odd, 'no certificate');
    expect(() => connect({ settings: settings(odd) })).toThrow('contains no certificate');
  });
});

it('closes all its connections, even if a client was made after the last request', async () => {
  const server = createServer((_, response) => response.end('{}'));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const transport = makeTransport(plainAwsSettings.network);
  const url = new URL(`http://127.0.0.1:${port}`);
  await Promise.all([transport.openAhead(url), transport.openAhead(url)]);
  const request = new HttpRequest({ protocol: 'http:', hostname: '127.0.0.1', port });
  await transport.handle(request);
  // Its constructor does this.
  transport.updateHttpClientConfig('socketTimeout', 1_000);
  transport.destroy?.();
  const countOpen = () =>
    new Promise((done, fail) => server.getConnections((error, count) => (error ? fail(error) : done(count))));
  await expect.poll(countOpen).toBe(0);
});

describe('https_proxy', () => {
  const there = () => `https://${HOST}:${store.port}`;
  const trusted = () => ({ httpsProxy: proxy.url, caBundle: store.bundle });

  it('carries every call through one tunnel, with TLS to the endpoint itself', async () => {
    proxy = await startForwardProxy();
    const settings = {
      ...settingsFor(there()),
      network: { ...plainAwsSettings.network, ...trusted() },
    };
    const aws = connect({ settings });
    expect([await get(aws), await get(aws)]).toEqual(['the state', 'the state']);
    expect(proxy.asked.map(({ line }) => line)).toEqual([`CONNECT ${HOST}:${store.port}`]);
    aws.destroy();
  });

  it('checks the certificate of the endpoint behind the proxy', async () => {
    proxy = await startForwardProxy();
    expect(await fetched(there(), { httpsProxy: proxy.url })).toMatchObject({ kind: 'unreachable' });
    expect(await fetched(there(), { httpsProxy: proxy.url, insecure: true })).toBe('the state');
  });

  it('sends the proxy its user and password, and masks the password', async () => {
    proxy = await startForwardProxy();
    const httpsProxy = proxy.url.replace('//', '//ci:p%40ss@');
    const secrets: string[] = [];
    const onSecret = (secret: string) => void secrets.push(secret);
    expect(await fetched(there(), { ...trusted(), httpsProxy }, onSecret)).toBe('the state');
    expect(proxy.asked[0]?.authorization).toBe(`Basic ${btoa('ci:p@ss')}`);
    expect(secrets).toEqual(expect.arrayContaining(['p@ss', 'p%40ss']));
  });

  it('that refuses is named in the error and not mistaken for AWS', async () => {
    proxy = await startForwardProxy();
    proxy.refuse(407);
    const error = await fetched(there(), trusted());
    expect(error).toMatchObject({ kind: 'unreachable' });
    expect(explain(error, 0)).toContain('answers 407');
    expect(explain(error, 0)).toContain('`https_proxy`');
  });

  it('is bypassed when no_proxy says so, and for the local machine', async () => {
    proxy = await startForwardProxy();
    const error = await fetched(there(), { ...trusted(), noProxy: '.example' });
    expect(error).toMatchObject({ failure: { code: 'ENOTFOUND' } });
    expect(await fetched(`https://127.0.0.1:${store.port}`, trusted())).toBe('the state');
    expect(proxy.asked).toEqual([]);
  });
});

describe('http_proxy', () => {
  it('gets the whole URL of a request to a plain endpoint, and the signature stays valid', async () => {
    proxy = await startForwardProxy();
    const server = await serve(() => ({ status: 200, body: 'plain' }));
    const url = server.url.replace('127.0.0.1', HOST);
    const httpProxy = proxy.url.replace('//', '//ci:pw@');
    expect(await fetched(url, { httpProxy, httpsProxy: 'http://127.0.0.1:1' })).toBe('plain');
    expect(proxy.asked[0]?.line).toBe(`GET ${url}/b/k?x-id=GetObject`);
    expect(proxy.asked[0]?.authorization).toBe(`Basic ${btoa('ci:pw')}`);
    expect(server.seen[0]).toMatchObject({
      path: '/b/k?x-id=GetObject',
      headers: { host: new URL(url).host },
    });
    await server.close();
  });
});
