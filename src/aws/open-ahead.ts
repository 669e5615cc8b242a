import type { Agent, ClientRequestArgs } from 'node:http';
import type { AgentOptions } from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/**
 * Lets an agent use connections that were opened ahead of its first requests to a server, so the handshakes of TCP and TLS
 * happen while the program waits for something else. `options`: the agent's own. Returns a function that opens one
 * connection, and resolves when that is ready or has failed. It never throws: if the server can't be reached, the request itself fails.
 */
export function openAhead(agent: Agent, options: AgentOptions): (url: URL) => Promise<void> {
  const opened = new Map<string, Set<Duplex>>();
  const createConnection = agent.createConnection.bind(agent);
  const destroy = agent.destroy.bind(agent);
  agent.createConnection = (request, callback) =>
    take(opened, request) ?? createConnection(request, callback);
  agent.destroy = () => {
    for (const sockets of opened.values()) for (const socket of sockets) socket.destroy();
    destroy();
  };
  return async (url) => {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const port = Number(url.port) || DEFAULT_PORTS[url.protocol];
    if (port === undefined) return;
    const servername = isIP(host) === 0 ? host : '';
    const request = { ...options, noDelay: true, host, port, servername };
    const socket = tryToCreate(() => createConnection(request));
    if (!socket) return;
    keep(opened, nameServer({ host, port }), socket);
    await untilReady(socket, url.protocol);
  };
}

function tryToCreate<Socket>(create: () => Socket): Socket | undefined {
  try {
    return create();
  } catch {
    return undefined;
  }
}

/** Resolves when the handshakes are over, or when the connection has failed. */
function untilReady(socket: Duplex, protocol: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.once(protocol === 'https:' ? 'secureConnect' : 'connect', () => resolve());
  socket.once('close', () => resolve());
  return promise;
}

/**
 * Keeps a connection until a request takes it. If it fails or the server closes it, it is forgotten and the request
 * opens its own.
 */
function keep(opened: Map<string, Set<Duplex>>, server: string, socket: Duplex): void {
  const sockets = opened.get(server) ?? new Set();
  opened.set(server, sockets.add(socket));
  const forget = () => void sockets.delete(socket);
  socket.once('close', forget);
  socket.on('error', forget);
  // A connection that no request takes must not keep the program alive.
  if (isCounted(socket)) socket.unref();
}

function take(opened: Map<string, Set<Duplex>>, request: ClientRequestArgs): Duplex | undefined {
  const sockets = opened.get(nameServer(request)) ?? new Set();
  const socket = [...sockets].find(({ destroyed }) => !destroyed);
  if (socket === undefined) return undefined;
  sockets.delete(socket);
  if (isCounted(socket)) socket.ref();
  return socket;
}

const nameServer = ({ host, port }: ClientRequestArgs): string => `${host}:${port}`;

/** Whether it is a socket, which keeps the program alive while it is open. */
function isCounted(stream: Duplex): stream is Duplex & { ref(): void; unref(): void } {
  return 'ref' in stream && 'unref' in stream;
}
