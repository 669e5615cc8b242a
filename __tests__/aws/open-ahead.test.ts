import { once } from 'node:events';
import { Agent, createServer, get, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openAhead } from '../../src/aws/open-ahead.ts';

const OPTIONS = { keepAlive: true };

let agent: Agent;
/** The sockets that the agent made, at this end. */
let made: Duplex[];
let server: Server;
/** The same connections at the server's end. */
let accepted: Socket[];
let url: URL;

beforeEach(async () => {
  made = [];
  agent = new Agent(OPTIONS);
  const createConnection = agent.createConnection.bind(agent);
  agent.createConnection = (request, callback) => {
    const socket = createConnection(request, callback);
    if (socket) made.push(socket);
    return socket;
  };
  accepted = [];
  server = createServer((_request, response) => void response.end());
  server.on('connection', (socket) => accepted.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  url = new URL(`http://127.0.0.1:${address.port}`);
});

afterEach(() => {
  agent.destroy();
  server.closeAllConnections();
  server.close();
});

/** Sends a request through the agent. Returns the status of the answer. */
async function ask(): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const request = get(url, { agent }, (response) => {
    response.resume();
    resolve(response.statusCode);
  });
  request.on('error', reject);
  return await promise;
}

/** Resolves once a socket is closed, whether or not it failed. */
async function closed(socket: Duplex | undefined): Promise<void> {
  if (socket === undefined || socket.closed) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.once('close', () => resolve());
  await promise;
}

test('the first request takes the connection that was opened for it', async () => {
  openAhead(agent, OPTIONS)(url);
  await once(server, 'connection');

  expect(await ask()).toBe(200);
  expect(made).toHaveLength(1);
});

test('the first request takes a connection that is still being opened', async () => {
  openAhead(agent, OPTIONS)(url);

  expect(await ask()).toBe(200);
  expect(made).toHaveLength(1);
});

test('two requests at once take two connections that were opened for them', async () => {
  const open = openAhead(agent, OPTIONS);
  open(url);
  open(url);

  expect(await Promise.all([ask(), ask()])).toEqual([200, 200]);
  expect(made).toHaveLength(2);
});

test('a request opens a connection of its own once the server has closed the one opened for it', async () => {
  openAhead(agent, OPTIONS)(url);
  await once(server, 'connection');
  accepted[0]?.destroy();
  await closed(made[0]);

  expect(await ask()).toBe(200);
  expect(made).toHaveLength(2);
});

test('a server that refuses connections fails the request alone', async () => {
  server.close();
  openAhead(agent, OPTIONS)(url);
  await closed(made[0]);

  await expect(ask()).rejects.toThrow('ECONNREFUSED');
});

test('the end of the agent closes a connection that no request took', async () => {
  openAhead(agent, OPTIONS)(url);
  await once(server, 'connection');
  agent.destroy();

  await closed(accepted[0]);
});
