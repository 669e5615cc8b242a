import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { classify, longestChain, type RequestRecord } from './proxy-record.ts';
import {
  askServer,
  collect,
  type Exchange,
  isSmall,
  relay,
  reset,
  spool,
  type Upstream,
} from './proxy-wire.ts';

export type { RequestRecord } from './proxy-record.ts';

/** An answer given in the server's place; the server never sees the request. */
export interface CannedAnswer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
}

/**
 * What to do with a request.
 * - `pass`: forward it
 * - `repeat`: forward it twice and answer with the second answer, as a retry after a lost answer would get
 *   (bodies of up to 1 MiB only)
 * - `reset-before`: reset the connection, the server never sees the request
 * - `reset-after`: forward it, wait for the whole answer, then reset the connection
 * - `hang`: neither forward nor answer it
 * - `{ cutAfterBytes }`: forward it, send that many bytes of the answer's body, then reset the connection
 */
export type WaitDecision =
  | 'pass'
  | 'repeat'
  | 'reset-before'
  | 'reset-after'
  | 'hang'
  | { readonly cutAfterBytes: number }
  | CannedAnswer;

export type RequestHandler = (record: RequestRecord) => WaitDecision | Promise<WaitDecision>;
export type ResponseHandler = (record: RequestRecord) => void | Promise<void>;

export interface ProxyOptions {
  /** One forwarded request at a time: moto's conditional writes are not atomic between its threads. */
  readonly serialise?: boolean;
  /** Real milliseconds added to each answer, so parallel calls certainly overlap. */
  readonly latencyMs?: number;
  /** Real milliseconds that the handshake of each connection takes; no request is heard before. */
  readonly handshakeMs?: number;
}

/** A running proxy. Give `url` to clients as the endpoint of every service, or as their proxy for `http:` ones. */
export interface FaultProxy {
  readonly url: string;
  /** Every request since the start or the last `reset`, in order of arrival. */
  readonly requests: RequestRecord[];
  /** Decides about each request from now on; replaces the previous handler. A promise holds the request. */
  onRequest(handler: RequestHandler): void;
  /** Awaited after the server has answered (`record.status` is set) and before the client gets the answer. */
  afterResponse(handler: ResponseHandler): void;
  /** Forgets the requests and both handlers. */
  reset(): void;
  /** Resolves once every client is gone and the server has answered all their requests. */
  deserted(): Promise<void>;
  /** Network round trips in sequence, see `longestChain` of proxy-record. */
  longestChain(): number;
  /** Cuts every connection and closes the port. */
  stop(): Promise<void>;
}

interface Line extends Upstream {
  readonly latencyMs: number;
  readonly requests: RequestRecord[];
  readonly onlyOne: <T>(work: () => Promise<T>) => Promise<T>;
  /** Ends with the handshake of a client's connection. */
  readonly handshakes: WeakMap<object, Promise<void>>;
  /** One for each client connection, and for each request that the server has not answered yet. */
  readonly underWay: Set<Promise<unknown>>;
  decide: RequestHandler;
  answered: ResponseHandler;
}

/** Starts a recording and faulting proxy in front of a server such as moto, on a free port of 127.0.0.1. */
export async function startProxy(targetUrl: string, options: ProxyOptions = {}): Promise<FaultProxy> {
  const line: Line = {
    target: new URL(targetUrl),
    agent: new Agent({ keepAlive: true }),
    latencyMs: options.latencyMs ?? 0,
    requests: [],
    handshakes: new WeakMap(),
    underWay: new Set(),
    onlyOne: options.serialise ? createQueue() : (work) => work(),
    decide: () => 'pass',
    answered: () => {},
  };
  const server = createServer((incoming, outgoing) => {
    // A connection that breaks in either direction ends the exchange for both sides.
    handle(line, incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  const { handshakeMs = 0 } = options;
  server.on('connection', (socket) => {
    if (handshakeMs > 0) line.handshakes.set(socket, delay(handshakeMs));
    void during(line, new Promise((resolve) => socket.once('close', resolve)));
  });
  // A client's idle sockets stay open: a server's timeout would be an unintended fault.
  Object.assign(server, { keepAliveTimeout: 0, requestTimeout: 0 });
  return control(line, server, await listen(server));
}

function control(line: Line, server: Server, url: string): FaultProxy {
  return {
    url,
    requests: line.requests,
    onRequest: (handler) => {
      line.decide = handler;
    },
    afterResponse: (handler) => {
      line.answered = handler;
    },
    reset: () => {
      line.requests.length = 0;
      line.decide = () => 'pass';
      line.answered = () => {};
    },
    deserted: async () => {
      while (line.underWay.size > 0) await Promise.allSettled(line.underWay);
    },
    longestChain: () => longestChain(line.requests),
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      line.agent.destroy();
      await closed;
    },
  };
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return `http://127.0.0.1:${address.port}`;
}

async function handle(line: Line, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  await line.handshakes.get(incoming.socket);
  const startedAt = performance.now();
  const small = isSmall(incoming);
  const facts = { method: incoming.method ?? 'GET', path: findPath(incoming), headers: incoming.headers };
  const record: RequestRecord = {
    ...facts,
    ...classify({ ...facts, body: Buffer.alloc(0) }),
    body: Buffer.alloc(0),
    bodyBytes: 0,
    answerBytes: 0,
    status: undefined,
    startedAt,
    endedAt: undefined,
  };
  line.requests.push(record);
  const body = small ? await collect(incoming) : undefined;
  if (body) Object.assign(record, { body, bodyBytes: body.length }, classify({ ...facts, body }));
  await follow(line, { record, incoming, outgoing, body }, await line.decide(record));
}

/** A client that uses us as its HTTP proxy sends the whole URL; moto then sees an AWS host. */
function findPath({ url = '/' }: IncomingMessage): string {
  return url.replace(/^http:\/\/[^/?]+/, '');
}

async function follow(line: Line, exchange: Exchange, fault: WaitDecision): Promise<void> {
  if (fault === 'hang') return;
  if (fault === 'reset-before') return reset(exchange);
  if (typeof fault === 'object' && 'status' in fault) return await answerCanned(line, exchange, fault);
  if (fault === 'repeat') (await forward(line, exchange)).resume();
  const answer = await forward(line, exchange);
  await line.answered(exchange.record);
  if (fault !== 'reset-after') return await relay(exchange, answer, findCut(fault));
  await collect(answer);
  reset(exchange);
}

function findCut(fault: WaitDecision): number {
  const cuts = typeof fault === 'object' && 'cutAfterBytes' in fault;
  return cuts ? fault.cutAfterBytes : Number.POSITIVE_INFINITY;
}

async function answerCanned(line: Line, exchange: Exchange, answer: CannedAnswer): Promise<void> {
  const { record, incoming, outgoing, body } = exchange;
  // A server reads the whole request before it refuses; a client still writing would see a reset instead.
  if (body === undefined) await pipeline(incoming, spool(record), new PassThrough().resume());
  record.status = answer.status;
  if (line.latencyMs > 0) await delay(line.latencyMs);
  await line.answered(record);
  record.endedAt = performance.now();
  outgoing.writeHead(answer.status, answer.headers).end(answer.body);
}

/** Sends the request on and resolves with the server's answer, its body unread. */
async function forward(line: Line, exchange: Exchange): Promise<IncomingMessage> {
  const answer = await during(
    line,
    line.onlyOne(() => askServer(line, exchange)),
  );
  exchange.record.status = answer.statusCode;
  if (line.latencyMs > 0) await delay(line.latencyMs);
  return answer;
}

async function during<T>({ underWay }: Line, work: Promise<T>): Promise<T> {
  underWay.add(work);
  try {
    return await work;
  } finally {
    underWay.delete(work);
  }
}

function createQueue(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
  };
}
