import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { node24 } from '../../__tests__/support/runner-environment.ts';
import { build } from '../build.ts';
import { say, table } from '../demo/print.ts';

const STARTS = 21;

/** How long the bundle takes to start, minified or not: main without inputs ends before its first call. */
export async function benchStartUp(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    await build(join(folder, 'minified'), { minify: true });
    await build(join(folder, 'plain'));
    const empty = join(folder, 'empty.js');
    await writeFile(empty, '');
    const bundles = ['minified', 'plain'].map((name) => join(folder, name));
    const times = startTimes([...bundles.map((bundle) => join(bundle, 'main.js')), empty]);
    const rows = await Promise.all(
      bundles.map(async (bundle, i) => [
        bundle.slice(folder.length + 1),
        times[i] ?? '',
        ...(await sizes(bundle)),
      ]),
    );
    say(`Start to end of main without inputs: no network, ms of ${STARTS} runs by turns`);
    table([
      ['bundle', 'median (min)', 'KB', 'KB gzipped'],
      ...rows,
      ['no program at all', times[2] ?? '', '', ''],
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** By turns, so that a busy moment of the machine meets all alike. */
function startTimes(files: readonly string[]): string[] {
  const times = files.map((): number[] => []);
  for (let run = 0; run < STARTS; run += 1) {
    files.forEach((file, i) => {
      const startedAt = performance.now();
      spawnSync(node24(), [file], { env: { RUNNER_TEMP: tmpdir() } });
      times[i]?.push(performance.now() - startedAt);
    });
  }
  return times.map((list) => {
    const sorted = list.sort((a, b) => a - b);
    return `${sorted[STARTS >> 1]?.toFixed(0)} (${sorted[0]?.toFixed(0)})`;
  });
}

async function sizes(bundle: string): Promise<string[]> {
  const code = await readFile(join(bundle, 'index.js'));
  return [code.length, gzipSync(code, { level: 9 }).length].map((bytes) => String(Math.round(bytes / 1000)));
}
