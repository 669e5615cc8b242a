import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';

/** A server of a test, on a free port of 127.0.0.1. */
export interface LocalServer {
  readonly url: string;
  readonly port: number;
  /** Cuts the open connections. */
  stop(): Promise<void>;
}

/** Starts a server that answers with `listener`. */
export async function startLocalServer(listener: RequestListener): Promise<LocalServer> {
  return await listenLocally(createServer(listener));
}

/** Makes a server listen. */
export async function listenLocally(server: Server): Promise<LocalServer> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
