import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { HttpHandler, HttpRequest, HttpResponse } from '@smithy/core/protocols';
import type { NodeHttpHandlerOptions } from '@smithy/node-http-handler';
import { formatDuration } from '../time/duration.ts';

/** Carries the requests of all clients. */
export type Transport = HttpHandler<NodeHttpHandlerOptions>;

/** The limits of a request, besides the connection's own limit on silence. */
export interface TransportLimits {
  /** How long a request may take, in ms, not counting the time for its bytes. */
  readonly graceMs: number;
  /** The slowest accepted transfer rate. */
  readonly bytesPerSecond: number;
  /** The longest answer, in bytes, that is not an object's content. */
  readonly answerBytes: number;
}

export const TRANSPORT_LIMITS: TransportLimits = {
  // Less than the time for which a step tries a call, so a hanging attempt leaves time for another.
  graceMs: 40_000,
  bytesPerSecond: 16 * 1024,
  // A page of a table or a listing has one megabyte, and escapes in JSON or XML multiply that.
  answerBytes: 8 * 1024 * 1024,
};

/**
 * A transport whose requests all end: a server that sends one byte a second, or an endless answer, costs no more than
 * the limits.
 */
export function boundTransport(carrier: Transport, limits: TransportLimits): Transport {
  const { metadata = { handlerProtocol: 'http/1.1' } } = carrier;
  return {
    metadata,
    handle: (request, options) => carry(carrier, limits, request, options),
    updateHttpClientConfig: (key, value) => carrier.updateHttpClientConfig(key, value),
    httpHandlerConfigs: () => carrier.httpHandlerConfigs(),
    destroy: () => carrier.destroy?.(),
  };
}

type Options = Parameters<Transport['handle']>[1];

async function carry(
  carrier: Transport,
  limits: TransportLimits,
  request: HttpRequest,
  options: Options,
): Promise<{ response: HttpResponse }> {
  const { response } = await headInTime(carrier, limits, request, options);
  return { response: boundBody(response, request, limits) };
}

/** The head of the answer, in the time that the request's own bytes may take. */
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

/** The same answer with a body that ends in time and, unless it is an object's content, within its limit. */
function boundBody(response: HttpResponse, request: HttpRequest, limits: TransportLimits): HttpResponse {
  const body: unknown = response.body;
  if (!isReadable(body)) return response;
  const forMs = allowedMs(limits, response.headers['content-length']);
  const timer = setTimeout(() => body.destroy(tooSlow(forMs)), forMs).unref();
  body.once('close', () => clearTimeout(timer));
  if (!isContent(request, response) && !isShort(response, limits)) {
    response.body = limitTo(limits.answerBytes, body);
  }
  return response;
}

/** Whether the answer says how long it is, which Node enforces, and that is within the limit. */
function isShort({ headers }: HttpResponse, { answerBytes }: TransportLimits): boolean {
  const length = headers['content-length'];
  return length !== undefined && Number(length) <= answerBytes;
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
  // The reader of the limited body gets its error.
  pipeline(body, limit).catch(() => {});
  return limit;
}

function allowedMs({ graceMs, bytesPerSecond }: TransportLimits, length: string | undefined): number {
  const bytes = Number(length ?? 0);
  const forBytes = Number.isFinite(bytes) ? (bytes / bytesPerSecond) * 1000 : 0;
  // Node's timers are limited to 2^31 ms.
  return Math.min(graceMs + forBytes, 2 ** 31 - 1);
}

function tooSlow(forMs: number): Error {
  const error = new Error(`there was no complete answer in ${formatDuration(forMs)}`);
  return Object.assign(error, { name: 'TimeoutError', code: 'ETIMEDOUT' });
}

function isReadable(body: unknown): body is Readable {
  return typeof body === 'object' && body !== null && 'pipe' in body && 'destroy' in body;
}
