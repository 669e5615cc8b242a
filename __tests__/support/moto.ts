import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { findOnPath } from './tools.ts';

const run = promisify(execFile);
const VENV = join(import.meta.dirname, '../../.cache/moto');
const START_LIMIT_MS = 30_000;
const PRINTED_LIMIT = 100;

/** A running moto server: S3, DynamoDB, STS and IAM over HTTP behind one address. */
export interface Moto {
  readonly url: string;
  /** Ends the server process and waits until it is gone. */
  stop(): Promise<void>;
}

/**
 * Starts a moto server (version 5) on a free port of 127.0.0.1 and resolves once it listens.
 * The program is the one on PATH, else one installed with pip into the project's `.cache/moto`.
 * Throws when neither can be had or when it does not start.
 */
export async function startMoto(): Promise<Moto> {
  const program = findOnPath('moto_server') ?? (await installMoto());
  const child = spawn(program, ['-H', '127.0.0.1', '-p', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      // Without it Windows has no sockets for Python.
      SystemRoot: process.env.SystemRoot,
      PYTHONUNBUFFERED: '1',
      PYTHONPATH: join(import.meta.dirname, 'moto-site'),
      PYTHONDONTWRITEBYTECODE: '1',
      // No browser asks it.
      MOTO_DISABLE_GLOBAL_CORS: 'true',
    },
  });
  const killOnExit = () => child.kill('SIGKILL');
  process.once('exit', killOnExit);
  const { url, troubles } = await listeningAddress(child);
  const stop = async () => {
    process.off('exit', killOnExit);
    await end(child);
    if (troubles.length > 0) console.error(['moto_server failed on its own:', ...troubles].join('\n'));
  };
  return { url, stop };
}

/** The server prints its address once its socket listens, and later only on an internal error. */
async function listeningAddress(child: ChildProcess): Promise<{ url: string; troubles: readonly string[] }> {
  if (!child.stderr) throw new Error('moto_server was started without a stderr pipe');
  const printed: string[] = [];
  const troubles: string[] = [];
  const lines = createInterface({ input: child.stderr });
  const address = new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      if (printed.length < PRINTED_LIMIT) printed.push(line);
      const found = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
      if (found) resolve(found);
      if (found || line.includes('CTRL+C')) troubles.length = 0;
      else if (troubles.length < PRINTED_LIMIT) troubles.push(line);
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`moto_server ended with ${code}: ${printed.join('\n')}`)));
  });
  const limit = setTimeout(() => child.kill('SIGKILL'), START_LIMIT_MS);
  try {
    return { url: await address, troubles };
  } finally {
    clearTimeout(limit);
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

async function installMoto(): Promise<string> {
  const bin = join(VENV, process.platform === 'win32' ? 'Scripts' : 'bin');
  const program = join(bin, process.platform === 'win32' ? 'moto_server.exe' : 'moto_server');
  if (existsSync(program)) return program;
  const python = findOnPath('python3') ?? findOnPath('python');
  if (!python) throw new Error('neither moto_server nor python3 is on PATH');
  console.error(`installing moto into ${VENV} (once)`);
  await rm(VENV, { recursive: true, force: true });
  await mkdir(VENV, { recursive: true });
  await run(python, ['-m', 'venv', VENV]);
  await run(join(bin, 'python'), ['-m', 'pip', 'install', '--quiet', 'moto[server]>=5,<6'], {
    maxBuffer: 16 * 1024 * 1024,
  });
  return program;
}
