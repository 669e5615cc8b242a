import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type HttpHandler, HttpRequest, type HttpResponse } from '@smithy/core/protocols';
import type { NodeHttpHandlerOptions } from '@smithy/node-http-handler';

/** What carries the requests of all clients. */
export type Transport = HttpHandler<NodeHttpHandlerOptions>;

/** What a request may cost, beside the limit on silence that the connection has. */
export interface TransportLimits {
  /** How long a request may take, in ms, beside the time for its bytes. */
  readonly graceMs: number;
  /** The slowest way for bytes that is waited for. */
  readonly bytesPerSecond: number;
  /** The longest answer, in bytes, that is not an object's content. */
  readonly answerBytes: number;
}

export const TRANSPORT_LIMITS: TransportLimits = {
  graceMs: 60_000,
  bytesPerSecond: 16 * 1024,
  answerBytes: 1024 * 1024,
};

const MOST_REDIRECTS = 3;

/**
 * A transport whose requests all end: a server that sends a byte a second, or an answer without an end, costs no more than
 * the limits say. Follows the redirects of a store to another of its own hosts, as Terraform does.
 */
export function boundTransport(carrier: Transport, limits: TransportLimits): Transport {
  const { metadata = { handlerProtocol: 'http/1.1' } } = carrier;
  return {
    metadata,
    handle: (request, options) => follow(carrier, limits, request, options),
    updateHttpClientConfig: (key, value) => carrier.updateHttpClientConfig(key, value),
    httpHandlerConfigs: () => carrier.httpHandlerConfigs(),
    destroy: () => carrier.destroy?.(),
  };
}

type Options = Parameters<Transport['handle']>[1];

async function follow(
  carrier: Transport,
  limits: TransportLimits,
  request: HttpRequest,
  options: Options,
): Promise<{ response: HttpResponse }> {
  let sent = request;
  for (let redirects = 0; ; redirects += 1) {
    const { response } = await headInTime(carrier, limits, sent, options);
    const next = redirects < MOST_REDIRECTS ? redirected(sent, response) : undefined;
    if (next === undefined) return { response: boundBody(response, sent, limits) };
    discard(response.body);
    sent = next;
  }
}

/** The answer's head, in the time that the request's own bytes may take. */
async function headInTime(
  carrier: Transport,
  limits: TransportLimits,
  request: HttpRequest,
  options: Options,
): Promise<{ response: HttpResponse }> {
  const late = new AbortController();
  const forMs = allowedMs(limits, request.headers['content-length']);
  const timer = setTimeout(() => late.abort(), forMs).unref();
  const outer = options?.abortSignal instanceof AbortSignal ? options.abortSignal : undefined;
  const abortSignal = outer === undefined ? late.signal : AbortSignal.any([outer, late.signal]);
  try {
    return await carrier.handle(request, { ...options, abortSignal });
  } catch (error) {
    throw late.signal.aborted && outer?.aborted !== true ? tooSlow(forMs) : error;
  } finally {
    clearTimeout(timer);
  }
}

/** The same answer, whose body ends in time and, unless it is an object's content, within its bound. */
function boundBody(response: HttpResponse, request: HttpRequest, limits: TransportLimits): HttpResponse {
  const body: unknown = response.body;
  if (!isReadable(body)) return response;
  const forMs = allowedMs(limits, response.headers['content-length']);
  const timer = setTimeout(() => body.destroy(tooSlow(forMs)), forMs).unref();
  body.once('close', () => clearTimeout(timer));
  if (!isContent(request, response)) response.body = limitTo(limits.answerBytes, body);
  return response;
}

function isContent({ method, query }: HttpRequest, { statusCode }: HttpResponse): boolean {
  return method === 'GET' && query['x-id'] === 'GetObject' && statusCode < 300;
}

function limitTo(bytes: number, body: Readable): Readable {
  let seen = 0;
  const limit = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen <= bytes) done(null, chunk);
      else done(new Error(`the answer has more than ${bytes} bytes`));
    },
  });
  // Whoever reads the limited body sees its error.
  pipeline(body, limit).catch(() => {});
  return limit;
}

function allowedMs({ graceMs, bytesPerSecond }: TransportLimits, length: string | undefined): number {
  const bytes = Number(length ?? 0);
  const forBytes = Number.isFinite(bytes) ? (bytes / bytesPerSecond) * 1000 : 0;
  // Node's timers end at 2^31 ms.
  return Math.min(graceMs + forBytes, 2 ** 31 - 1);
}

function tooSlow(forMs: number): Error {
  const error = new Error(`there was no whole answer in ${Math.round(forMs / 1000)} s`);
  return Object.assign(error, { name: 'TimeoutError', code: 'ETIMEDOUT' });
}

/**
 * The request at the place that a store sends it to; undefined where it is not to be followed. Only to another host of the same store, and never with
 * what STS or DynamoDB are told, which is a POST: so no token goes anywhere by a redirect. A body that streams can't be sent twice. Pure.
 */
export function redirected(request: HttpRequest, response: HttpResponse): HttpRequest | undefined {
  const { statusCode, headers } = response;
  if ((statusCode !== 307 && statusCode !== 308) || request.method === 'POST') return undefined;
  const isReplayable =
    request.body === undefined || typeof request.body === 'string' || request.body instanceof Uint8Array;
  const location = headers.location;
  if (location === undefined || !isReplayable) return undefined;
  const port = request.port === undefined ? '' : `:${request.port}`;
  const base = `${request.protocol}//${request.hostname}${port}${request.path}`;
  if (!URL.canParse(location, base)) return undefined;
  const target = new URL(location, base);
  if (!isSameStore(request.hostname, target.hostname)) return undefined;
  if (target.protocol !== request.protocol && target.protocol !== 'https:') return undefined;
  const next = HttpRequest.clone(request);
  next.protocol = target.protocol;
  next.hostname = target.hostname;
  next.headers.host = target.host;
  next.path = target.pathname;
  next.query = Object.fromEntries(target.searchParams);
  if (target.port === '') delete next.port;
  else next.port = Number(target.port);
  return next;
}

const S3_OF_AWS = /(^|\.)s3(-[a-z0-9-]+)?(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?$/;

function isSameStore(from: string, to: string): boolean {
  if (from === to || to.endsWith(`.${from}`)) return true;
  return S3_OF_AWS.test(from) && S3_OF_AWS.test(to);
}

function isReadable(body: unknown): body is Readable {
  return typeof body === 'object' && body !== null && 'pipe' in body && 'destroy' in body;
}

function discard(body: unknown): void {
  if (isReadable(body)) body.destroy();
}
