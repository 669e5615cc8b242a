import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';

/** How an S3-compatible store differs from AWS. */
export interface StoreTraits {
  /** The store's answer to a request in place of executing it. */
  readonly refuse: (request: StoreRequest) => StoreRefusal | undefined;
  /** Headers that it ignores, by method. */
  readonly ignores: Readonly<Record<string, readonly string[]>>;
  /** Headers that its answers lack. */
  readonly lacks: readonly string[];
}

export interface StoreRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

export interface StoreRefusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** A store in front of moto or a recording proxy. `refusals` lists what it refused. */
export interface StoreFront {
  readonly url: string;
  readonly refusals: string[];
  close(): Promise<void>;
}

/** Starts a store with these traits on a free port of 127.0.0.1. */
export async function openStoreFront(targetUrl: string, traits: StoreTraits): Promise<StoreFront> {
  const refusals: string[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const { method = '', headers } = incoming;
    const body = Buffer.concat(await incoming.toArray());
    const refusal = traits.refuse({ method, headers });
    if (refusal !== undefined) {
      refusals.push(`${method} ${incoming.url}: ${refusal.message}`);
      outgoing.writeHead(refusal.status, { 'content-type': 'application/xml' }).end(toText(refusal));
      return;
    }
    const answer = await ask(targetUrl, incoming, body, traits.ignores[method] ?? []);
    const known = Object.entries(answer.headers).filter(([name]) => !traits.lacks.includes(name));
    outgoing.writeHead(answer.statusCode ?? 502, Object.fromEntries(known));
    answer.pipe(outgoing);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the store has no port');
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${address.port}`, refusals, close };
}

async function ask(
  targetUrl: string,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
  ignored: readonly string[],
): Promise<IncomingMessage> {
  const unknown = ['connection', 'expect', ...ignored];
  const known = Object.entries(headers).filter(([name]) => !unknown.includes(name));
  const { hostname, port } = new URL(targetUrl);
  const outward = request({
    hostname,
    port,
    method,
    path: url,
    agent: false,
    headers: Object.fromEntries(known),
  });
  outward.end(body);
  const [answer] = await once(outward, 'response');
  return answer;
}

function toText({ code, message }: StoreRefusal): string {
  return `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
}
