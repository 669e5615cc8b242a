import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startDaemon, untilAnswering } from '../support/daemon.ts';
import { freePort } from '../support/free-port.ts';

const START_LIMIT_MS = 20_000;

/** A second DynamoDB, without transactions. */
export interface Dynalite {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts dynalite on a free port of 127.0.0.1, with its tables in memory. Throws when it does not start. */
export async function startDynalite(): Promise<Dynalite> {
  const program = join(dirname(createRequire(import.meta.url).resolve('dynalite')), 'cli.js');
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'dynalite-'));
  const log = join(folder, 'log');
  const args = [program, '--host', '127.0.0.1', '--port', String(port), '--createTableMs', '0'];
  const daemon = startDaemon(process.execPath, args, log);
  const stop = async () => {
    await daemon.stop();
    await rm(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await untilAnswering(url, daemon, log, START_LIMIT_MS);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}
