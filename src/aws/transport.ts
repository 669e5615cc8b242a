import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { HttpRequest } from '@smithy/core/protocols';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { HttpsProxyAgent } from 'hpagent';
import { toMessage } from '../text/error-message.ts';
import {
  boundTransport,
  TRANSPORT_LIMITS,
  type Transport,
  type TransportLimits,
} from './bounded-transport.ts';
import { readCaBundle } from './ca-bundle.ts';
import { isExempt } from './no-proxy.ts';
import { openAhead } from './open-ahead.ts';
import { requireSecrecy } from './plain-http.ts';
import type { NetworkSettings } from './settings.ts';

/** How long a server may be silent, in ms. */
export const SILENCE_MS = 30_000;
const timeouts = { connectionTimeout: 5_000, socketTimeout: SILENCE_MS };
const poolOptions = { keepAlive: true, maxSockets: 50 };

export interface PooledTransport extends Transport {
  /**
   * Opens a connection to a server before there is a request for it, and resolves when it is ready or has failed. Where a
   * proxy leads there, it opens none.
   */
  openAhead(url: URL): Promise<void>;
}

/**
 * One pool of kept connections, through the proxies if there are any, because the SDK alone supports none. It carries
 * no secret over plain `http:` to another machine, whoever provided it, unless `insecure` allows it.
 */
export function makeTransport(
  network: NetworkSettings,
  limits: TransportLimits = TRANSPORT_LIMITS,
): PooledTransport {
  const pool = openPool(network);
  const carrier = boundTransport(pool.transport, limits);
  const { metadata = { handlerProtocol: 'http/1.1' } } = carrier;
  return {
    metadata,
    openAhead: pool.openAhead,
    handle: async (request, options) => {
      if (!network.insecure) requireSecrecy(request);
      return await carrier.handle(request, options);
    },
    updateHttpClientConfig: (key, value) => carrier.updateHttpClientConfig(key, value),
    httpHandlerConfigs: () => carrier.httpHandlerConfigs(),
    destroy: () => carrier.destroy?.(),
  };
}

interface Pool {
  readonly transport: Transport;
  readonly openAhead: PooledTransport['openAhead'];
}

function openPool(network: NetworkSettings): Pool {
  const trust = readTrust(network);
  const forTls = { ...poolOptions, ...trust };
  const httpAgent = new HttpAgent(poolOptions);
  const httpsAgent = new HttpsAgent(forTls);
  const direct = new NodeHttpHandler({ ...timeouts, httpAgent, httpsAgent });
  // The handler forgets its agents when a client is made, until it carries the next request.
  direct.destroy = () => {
    httpAgent.destroy();
    httpsAgent.destroy();
  };
  const forHttp = chooseProxy(network.httpProxy);
  const forHttps = chooseProxy(network.httpsProxy);
  if (forHttp === undefined && forHttps === undefined) {
    const openHttp = openAhead(httpAgent, poolOptions);
    const openHttps = openAhead(httpsAgent, forTls);
    return {
      transport: direct,
      openAhead: async (url) => await (url.protocol === 'https:' ? openHttps(url) : openHttp(url)),
    };
  }
  const tunnel = forHttps && tunnelThrough(forHttps, trust);
  const handle: Transport['handle'] = (request, options) => {
    const isHttps = request.protocol === 'https:';
    const target = { host: request.hostname, port: request.port ?? (isHttps ? 443 : 80) };
    if (isExempt(target, network.noProxy)) return direct.handle(request, options);
    if (isHttps) return tunnel ? tunnel(request, options) : direct.handle(request, options);
    return direct.handle(forHttp ? throughProxy(forHttp, request) : request, options);
  };
  const transport: Transport = {
    metadata: direct.metadata,
    handle,
    updateHttpClientConfig: (key, value) => direct.updateHttpClientConfig(key, value),
    httpHandlerConfigs: () => direct.httpHandlerConfigs(),
    destroy: () => {
      direct.destroy();
      tunnel?.destroy();
    },
  };
  return { transport, openAhead: async () => {} };
}

/** The TLS options. A file's authorities replace Node's own, as in Terraform. */
interface Trust {
  ca?: string;
  rejectUnauthorized?: false;
}

function readTrust({ caBundle, insecure }: NetworkSettings): Trust {
  return {
    ...(caBundle === undefined ? {} : { ca: readBundle(caBundle) }),
    ...(insecure ? { rejectUnauthorized: false } : {}),
  };
}

function readBundle(path: string): string {
  try {
    return readCaBundle(path);
  } catch (cause) {
    throw new Error(`custom_ca_bundle: ${toMessage(cause)}.`, { cause });
  }
}

function chooseProxy(url: string | undefined): URL | undefined {
  return url === undefined ? undefined : new URL(url);
}

/** An `https:` endpoint through CONNECT. */
function tunnelThrough(proxy: URL, { ca, ...checks }: Trust) {
  const own = { ...checks, ...(ca === undefined ? {} : { ca: [ca] }) };
  const agent = new HttpsProxyAgent({ ...poolOptions, ...own, proxy, proxyRequestOptions: own });
  const handler = new NodeHttpHandler({ ...timeouts, httpsAgent: agent });
  const handle: Transport['handle'] = async (request, options) => {
    try {
      return await handler.handle(request, options);
    } catch (error) {
      throw readRefusal(proxy, error) ?? error;
    }
  };
  return Object.assign(handle, { destroy: () => handler.destroy() });
}

/** Names the proxy, because its answer has no error code. The request never reached AWS. */
function readRefusal(proxy: URL, error: unknown): Error | undefined {
  const [, status] = /^Bad response: (\d+)$/.exec(error instanceof Error ? error.message : '') ?? [];
  if (status === undefined) return undefined;
  const code = Number(status) >= 500 ? 'ERR_PROXY_UNAVAILABLE' : 'ERR_PROXY_REFUSED';
  return Object.assign(new Error(`the proxy ${proxy.host} answers ${status} to CONNECT`), { code });
}

/** A plain `http:` request, for which a proxy needs the whole URL instead of the path. */
function throughProxy(proxy: URL, request: HttpRequest): HttpRequest {
  const port = request.port === undefined ? '' : `:${request.port}`;
  const path = `${request.protocol}//${request.hostname}${port}${request.path}`;
  const sent = Object.assign(HttpRequest.clone(request), { path, protocol: proxy.protocol });
  Object.assign(sent, { hostname: proxy.hostname, port: Number(proxy.port) || findPort(proxy) });
  if (proxy.username !== '' || proxy.password !== '') {
    const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
    sent.headers['proxy-authorization'] = `Basic ${Buffer.from(pair).toString('base64')}`;
  }
  return sent;
}

const findPort = ({ protocol }: URL): number => (protocol === 'https:' ? 443 : 80);

/** The secret parts of the proxies. Pure. */
export function proxySecrets({ httpProxy, httpsProxy }: NetworkSettings): string[] {
  const passwords = [httpProxy, httpsProxy].map((url) => chooseProxy(url)?.password ?? '');
  return passwords.flatMap((password) => [password, decodeURIComponent(password)]).filter(Boolean);
}
