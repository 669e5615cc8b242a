import type { Agent, ClientRequestArgs } from 'node:http';
import type { AgentOptions } from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/**
 * Has an agent give its first requests to a server the connections that were opened for them ahead: the
 * handshakes of TCP and TLS then take place while something else is waited for. The options are the agent's own. Returns what opens
 * a connection; it throws nothing, since a request to a server that can't be reached says so itself.
 */
export function openAhead(agent: Agent, options: AgentOptions): (url: URL) => void {
  const opened = new Map<string, Set<Duplex>>();
  const createConnection = agent.createConnection.bind(agent);
  const destroy = agent.destroy.bind(agent);
  agent.createConnection = (request, callback) =>
    take(opened, request) ?? createConnection(request, callback);
  agent.destroy = () => {
    for (const sockets of opened.values()) for (const socket of sockets) socket.destroy();
    destroy();
  };
  return (url) => {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const port = Number(url.port) || DEFAULT_PORTS[url.protocol];
    if (port === undefined) return;
    const servername = isIP(host) === 0 ? host : '';
    const request = { ...options, noDelay: true, host, port, servername };
    const socket = createConnection(request);
    if (socket) keep(opened, nameServer({ host, port }), socket);
  };
}

/** Until a request takes it. One that fails, or that the server closes, is forgotten: the request then opens its own. */
function keep(opened: Map<string, Set<Duplex>>, server: string, socket: Duplex): void {
  const sockets = opened.get(server) ?? new Set();
  opened.set(server, sockets.add(socket));
  const forget = () => void sockets.delete(socket);
  socket.once('close', forget);
  socket.on('error', forget);
  // One that no request takes does not keep the program alive.
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

/** Whether it is a socket, which keeps a program alive while it is open. */
function isCounted(stream: Duplex): stream is Duplex & { ref(): void; unref(): void } {
  return 'ref' in stream && 'unref' in stream;
}
