import { once } from 'node:events';
import { type Agent, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BODY_LIMIT, type RequestRecord } from './proxy-record.ts';

/** One request on its way through the proxy. */
export interface Exchange {
  readonly record: RequestRecord;
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  /** The whole body when it is small, else undefined: it is then streamed from `incoming`. */
  readonly body: Buffer | undefined;
}

/** Where a proxy sends its requests, and the connections that it keeps. */
export interface Upstream {
  readonly target: URL;
  readonly agent: Agent;
}

/** Forwards one request and resolves with the answer, its body unread; a large body is streamed. */
export async function askServer(
  { target, agent }: Upstream,
  { record, incoming, body }: Exchange,
): Promise<IncomingMessage> {
  const { hostname, port } = target;
  const headers = withoutHopHeaders(incoming.rawHeaders);
  const outward = request({
    hostname,
    port,
    method: record.method,
    path: record.path,
    headers,
    agent,
  });
  const answer = once(outward, 'response');
  // An error after the answer appears in the answer's stream; without a listener it would end the process.
  outward.on('error', () => {});
  if (body) outward.end(body);
  else await Promise.race([pipeline(incoming, spool(record), outward), answer]);
  const [response]: IncomingMessage[] = await answer;
  if (response === undefined) throw new Error('an answer came without its message');
  // Moto never closes a connection. A server that names a limit does, and that would be a fault that no test asked for.
  if (response.headers['keep-alive'] !== undefined) outward.shouldKeepAlive = false;
  return response;
}

/** Sends the server's answer to the client: whole, or only the first `cut` bytes of its body. */
export async function relay(
  { record, outgoing }: Exchange,
  answer: IncomingMessage,
  cut: number,
): Promise<void> {
  const headers = withoutHopHeaders(answer.rawHeaders);
  const socket = outgoing.socket;
  if (cut !== Number.POSITIVE_INFINITY) {
    await sendPart(outgoing.writeHead(answer.statusCode ?? 502, headers), answer, cut);
    record.endedAt = performance.now();
    socket?.resetAndDestroy();
    return;
  }
  if (!isSmall(answer)) {
    const count = async function* (body: AsyncIterable<Buffer>) {
      for await (const chunk of body) {
        record.answerBytes += chunk.length;
        yield chunk;
      }
    };
    await pipeline(answer, count, outgoing.writeHead(answer.statusCode ?? 502, headers));
    record.endedAt = performance.now();
    return;
  }
  const body = await collect(answer);
  record.endedAt = performance.now();
  outgoing.writeHead(answer.statusCode ?? 502, headers).end(body);
}

/** Writes the first `cut` bytes and waits until they are handed over, so the client gets them. */
async function sendPart(outgoing: ServerResponse, answer: Readable, cut: number): Promise<void> {
  outgoing.flushHeaders();
  let left = cut;
  for await (const chunk of answer) {
    const part: Buffer = chunk.subarray(0, left);
    left -= part.length;
    await new Promise((resolve) => outgoing.write(part, resolve));
    if (left === 0) return;
  }
}

/** Resets the client's connection in place of an answer. */
export function reset({ record, incoming }: Exchange): void {
  record.status = undefined;
  record.endedAt = performance.now();
  incoming.socket.resetAndDestroy();
}

/** Small enough to be held whole; a body of unknown length is not. */
export function isSmall({ headers, method }: IncomingMessage): boolean {
  if (headers['transfer-encoding'] !== undefined) return false;
  const isRequest = method !== null && method !== undefined;
  const length = headers['content-length'] ?? (isRequest ? '0' : undefined);
  return length !== undefined && Number(length) <= BODY_LIMIT;
}

/** Reads a stream to its end. */
export async function collect(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Passes everything and keeps the first 1 MiB in the record. */
export function spool(record: RequestRecord): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const kept = chunk.subarray(0, Math.max(0, BODY_LIMIT - record.body.length));
      if (kept.length > 0) record.body = Buffer.concat([record.body, kept]);
      record.bodyBytes += chunk.length;
      done(null, chunk);
    },
  });
}

/** Names and values alternate, as `rawHeaders` has them; `Host` stays, for moto routes by it. */
function withoutHopHeaders(raw: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? '';
    const value = raw[i + 1] ?? '';
    if (!/^(connection|keep-alive|expect)$/i.test(name)) kept.push(name, value);
  }
  return kept;
}
