import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { type AwsClients, awsClients, createStateFixture, type StateFixture } from '../support/aws.ts';
import { type FakeGitHub, startGitHub } from '../support/github-api.ts';
import { type FaultProxy, startProxy } from '../support/proxy.ts';
import { removeStateDirectories } from '../support/state-directories.ts';

/** What the cells of one test file share; every cell has its own state in it. */
export interface FaultBench {
  /** Directly to moto, bypassing the proxy. */
  readonly clients: AwsClients;
  /** The location of the next states. */
  readonly fixture: StateFixture;
  /** In front of moto. */
  readonly proxy: FaultProxy;
  readonly github: FakeGitHub;
  /** In front of the GitHub. */
  readonly githubProxy: FaultProxy;
  /** A port that accepts connections and never answers. */
  readonly silentPort: number;
  /** The outcomes of cells so far, see `isNewEnd`. */
  readonly ends: Set<string>;
  /** Folders of jobs, which are removed when the bench is closed. */
  readonly jobRoots: string[];
  /** A new key for a state. */
  newKey(): string;
  /** Removes the handlers and records of the previous cell. */
  reset(): void;
  /** Await before each cell: replaces bucket and table after a number of them. */
  renew(): Promise<void>;
  close(): Promise<void>;
}

// moto copies the whole table for each transaction and the whole bucket for each list of versions.
const CELLS_PER_FIXTURE = 8;

/** Opens a bench; the bucket keeps versions, so every write stays visible. */
export async function openFaultBench(motoUrl: string): Promise<FaultBench> {
  const clients = awsClients(motoUrl);
  let fixture = await createStateFixture(clients, { name: 'faults', versioning: true, role: true });
  let cells = 0;
  const [proxy, github, silent] = await Promise.all([
    // In order of arrival, so a write that an interrupt leaves behind comes before what the step asks afterwards.
    startProxy(motoUrl, { serialise: true }),
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
