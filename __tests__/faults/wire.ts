import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { connectAws } from '../../src/aws/connect.ts';
import type { Dependencies } from '../../src/job-state/dependencies.ts';
import { CLOSED_PORT } from '../support/closed-port.ts';
import type { WaitDecision } from '../support/proxy.ts';
import { classify, type RequestRecord } from '../support/proxy-record.ts';
import type { FaultBench } from './bench.ts';
import { callName } from './calls.ts';
import type { Effect } from './faults.ts';
import type { StoryTime } from './story-time.ts';

/** Decides about the next call of a name; `now` in ms of the story's time; called once for each request. */
export type Fate = (name: string, now: number) => Effect | undefined;

/** The servers' limits, apart from faults: a table without transactions, a store without conditional writes. */
export type Weather = (record: RequestRecord) => WaitDecision | undefined | Promise<WaitDecision | undefined>;

/** A request as the SDK hands it over, signed. */
interface Outgoing {
  method: string;
  hostname: string;
  port?: number | undefined;
  path: string;
  query?: Record<string, string | string[] | null> | undefined;
  headers: Record<string, string>;
  body?: unknown;
}

/** Marks a request with the proxy's instruction. */
const MARK = 'x-fault';
/** The time limit of a silent connection, as in `src/aws/clients.ts`. */
const IDLE_MS = 30_000;
/** The same in a cell: nothing ever comes, so an early report makes no difference. */
const IDLE_IN_TEST_MS = 20;
const hasty = new S3Client({ requestHandler: { socketTimeout: IDLE_IN_TEST_MS } }).config.requestHandler;

/**
 * Connects as in production, then lets `fate` decide about each request of S3, DynamoDB and STS right before it
 * leaves. The proxy does the server's side.
 */
export function faultyConnect(
  bench: FaultBench,
  time: StoryTime,
  fate: Fate,
  weather: Weather,
): Dependencies['connect'] {
  const faults = new Map<string, WaitDecision>();
  bench.proxy.onRequest(
    async (record) => faults.get(String(record.headers[MARK])) ?? (await weather(record)) ?? 'pass',
  );
  bench.proxy.afterResponse(({ headers }) =>
    headers[MARK] === 'cancel-after' ? cancelledFor(time) : undefined,
  );
  const makeMark = (fault: WaitDecision | 'cancel-after'): string => {
    if (fault === 'cancel-after') return fault;
    const mark = String(faults.size);
    faults.set(mark, fault);
    return mark;
  };
  const prepare = (request: Outgoing, effect: Effect | undefined): void => {
    if (effect === 'hang' || effect === 'cancel-before') redirect(request, bench.silentPort);
    else if (effect === 'refused') redirect(request, CLOSED_PORT);
    else if (effect !== undefined) request.headers[MARK] = makeMark(effect);
    if (effect === 'cancel-before') time.interrupt();
  };
  return (options) => {
    const aws = connectAws(options);
    // All clients share it.
    const handler = aws.dynamodb.config.requestHandler;
    const usual = handler.handle.bind(handler);
    handler.handle = async (request, how) => {
      const effect = fate(findName(request), time.clock.monotonic());
      prepare(request, effect);
      const outlastsWait = effect === 'hang' && !time.pass(IDLE_MS);
      return await time.duringCall(
        () => (outlastsWait ? hasty.handle(request, how) : usual(request, how)),
        ({ response }) => untilRead(response.body),
      );
    };
    return aws;
  };
}

async function untilRead(body: unknown): Promise<void> {
  if (body instanceof Readable) await finished(body);
}

/** The server has acted; its answer never leaves. */
function cancelledFor(time: StoryTime): Promise<void> {
  time.interrupt();
  return new Promise(() => {});
}

function redirect(request: Pick<Outgoing, 'hostname' | 'port'>, port: number): void {
  Object.assign(request, { hostname: '127.0.0.1', port });
}

function findName({ method, path, query = {}, headers, body }: Outgoing): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) parameters.append(name, String(value ?? ''));
  const whole = parameters.size === 0 ? path : `${path}?${parameters}`;
  const facts: Pick<RequestRecord, 'method' | 'path' | 'headers' | 'body'> = {
    method,
    path: whole,
    headers,
    body: toBytes(body),
  };
  return callName({ ...facts, ...classify(facts) });
}

/** The first bytes of a streamed body aren't available; no call is named after them. */
function toBytes(body: unknown): Buffer {
  if (typeof body === 'string') return Buffer.from(body);
  // Not from the array itself: the SDK warns when its bodies are used as text.
  return body instanceof Uint8Array
    ? Buffer.from(body.buffer, body.byteOffset, body.byteLength)
    : Buffer.alloc(0);
}
