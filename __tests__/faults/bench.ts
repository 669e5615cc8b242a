import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { type AwsClients, awsClients, createStateFixture, type StateFixture } from '../support/aws.ts';
import { type FakeGitHub, startGitHub } from '../support/github-api.ts';
import { type FaultProxy, startProxy } from '../support/proxy.ts';
import { removeStateDirectories } from '../support/state-directories.ts';

/** What the cells of one test file share: every cell has a state of its own in it. */
export interface FaultBench {
  /** Straight to moto, past the proxy. */
  readonly clients: AwsClients;
  /** Where the next states are. */
  readonly fixture: StateFixture;
  /** In front of moto. */
  readonly proxy: FaultProxy;
  readonly github: FakeGitHub;
  /** In front of the GitHub. */
  readonly githubProxy: FaultProxy;
  /** A port that takes connections and never says anything. */
  readonly silentPort: number;
  /** What cells came to so far, see `isNewEnd`. */
  readonly ends: Set<string>;
  /** Folders of jobs, which are removed when the bench is closed. */
  readonly jobRoots: string[];
  /** A new key for a state. */
  newKey(): string;
  /** No handler and no record is left of the cell before. */
  reset(): void;
  /** To be awaited before a cell: after some of them, bucket and table are new ones. */
  renew(): Promise<void>;
  close(): Promise<void>;
}

// For each transaction moto copies the whole table, and for each list of versions the whole bucket.
const CELLS_PER_FIXTURE = 8;

/** Opens a bench; the bucket keeps versions, so that nothing that was ever written is out of sight. */
export async function openFaultBench(motoUrl: string): Promise<FaultBench> {
  const clients = awsClients(motoUrl);
  let fixture = await createStateFixture(clients, { name: 'faults', versioning: true, role: true });
  let cells = 0;
  const [proxy, github, silent] = await Promise.all([
    startProxy(motoUrl),
    startGitHub(),
    startSilentServer(),
  ]);
  const githubProxy = await startProxy(github.url);
  const jobRoots: string[] = [];
  return {
    clients,
    proxy,
    github,
    githubProxy,
    ends: new Set(),
    jobRoots,
    get fixture() {
      return fixture;
    },
    silentPort: findPort(silent),
    newKey: () => `${randomBytes(5).toString('hex')}/app.tfstate`,
    reset: () => {
      proxy.reset();
      githubProxy.reset();
    },
    renew: async () => {
      cells += 1;
      if (cells % CELLS_PER_FIXTURE > 0) return;
      const { roleArn } = fixture;
      fixture = { ...(await createStateFixture(clients, { name: 'faults', versioning: true })), roleArn };
    },
    close: async () => {
      silent.close();
      clients.destroy();
      await Promise.all([proxy.stop(), githubProxy.stop()]);
      await github.stop();
      await removeStateDirectories(jobRoots);
      await Promise.all(jobRoots.map((root) => rm(root, { recursive: true, force: true })));
    },
  };
}

async function startSilentServer(): Promise<Server> {
  const server = createServer((socket) => {
    socket.unref();
    socket.on('error', () => {}).resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function findPort(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}
