import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type ServerResponse,
  request as sendOn,
} from 'node:http';
import { createServer } from 'node:https';
import { connect, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An HTTPS server with an untrusted certificate. */
export interface TlsEndpoint {
  readonly port: number;
  /** The PEM file that makes it trusted. */
  readonly bundle: string;
  /** The number of its connections. */
  connections(): number;
  close(): Promise<void>;
}

/**
 * Answers every request as `host`, by a certificate that it signed itself: with one text, or with what the
 * server behind it answers. Needs `openssl`.
 */
export async function serveTls(
  host: string,
  answer: string | { readonly from: string },
): Promise<TlsEndpoint> {
  const directory = mkdtempSync(join(tmpdir(), 'tls-'));
  const key = join(directory, 'key.pem');
  const bundle = join(directory, 'cert.pem');
  const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host},IP:127.0.0.1`];
  const making = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject];
  execFileSync('openssl', [...making, '-keyout', key, '-out', bundle], { stdio: 'ignore' });
  let connections = 0;
  const server = createServer({ key: readFileSync(key), cert: readFileSync(bundle) }, (request, response) =>
    typeof answer === 'string'
      ? void response.end(answer)
      : passOn(request, response, answer.from, new URL(answer.from).host),
  );
  server.on('secureConnection', () => {
    connections += 1;
  });
  const port = await listen(server);
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(directory, { recursive: true });
  };
  return { port, bundle, connections: () => connections, close };
}

/** A local forward proxy that resolves every name to this machine. */
export interface ForwardProxy {
  readonly url: string;
  /** What it was asked for: `CONNECT host:port`, `GET http://host/...`, with the credentials that came along. */
  readonly asked: { readonly line: string; readonly authorization: string | undefined }[];
  /** Its answer to everything from now on; undefined: it works normally. */
  refuse(status: number | undefined): void;
  close(): Promise<void>;
}

export async function startForwardProxy(): Promise<ForwardProxy> {
  const asked: { line: string; authorization: string | undefined }[] = [];
  const sockets = new Set<Socket>();
  let refusal: number | undefined;
  const server = createHttpServer((request, response) => {
    const { method, url = '', headers } = request;
    asked.push({ line: `${method} ${url}`, authorization: headers['proxy-authorization'] });
    passOn(request, response, `http://127.0.0.1:${new URL(url).port}`);
  });
  server.on('connect', (request, socket: Socket) => {
    asked.push({ line: `CONNECT ${request.url}`, authorization: request.headers['proxy-authorization'] });
    sockets.add(socket);
    socket.on('error', () => {});
    if (refusal !== undefined) return void socket.end(`HTTP/1.1 ${refusal} No\r\n\r\n`);
    const upstream = connect(Number(request.url?.split(':').at(-1)), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(socket);
      socket.pipe(upstream);
    });
    sockets.add(upstream);
    upstream.on('error', () => socket.destroy());
  });
  const port = await listen(server);
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const refuse = (status: number | undefined) => {
    refusal = status;
  };
  return { url: `http://127.0.0.1:${port}`, asked, refuse, close };
}

/** Lets another local server answer, which sees requests for `host`. */
function passOn(request: IncomingMessage, response: ServerResponse, to: string, host?: string): void {
  const { method } = request;
  const headers = { ...request.headers, host: host ?? request.headers.host };
  const { pathname, search } = new URL(request.url ?? '', to);
  const { hostname, port } = new URL(to);
  const on = sendOn({ hostname, port, path: pathname + search, method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  request.pipe(on);
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
