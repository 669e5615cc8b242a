import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { node24 } from '../../__tests__/support/runner-environment.ts';
import { say, table } from '../demo/print.ts';
import { bundleFloor } from './bundle-floor.ts';
import { median, rated } from './measure.ts';

const STARTS = 25;
const ROOT = join(import.meta.dirname, '../..');
const DIST = join(ROOT, 'dist');

/** A program that ends before its first call. */
interface Start {
  readonly title: string;
  readonly args: readonly string[];
  readonly env?: Record<string, string>;
  /** At most so many times what the floor script takes. */
  readonly goal?: number;
}

/**
 * How long each entry takes to load, beside a script that loads only what a hold needs of the SDK. Post and checkpointer find what the
 * checkpointer compiled earlier in the job, as they do in every job.
 */
export async function benchStartUp(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    const floor = await bundleFloor('floor-script.ts', folder);
    const empty = join(folder, 'empty.js');
    await writeFile(empty, '');
    const session = { STATE_session: JSON.stringify({ privateDirectory: folder }) };
    const starts: Start[] = [
      { title: 'no program at all', args: [empty] },
      { title: 'floor', args: [floor] },
      { title: 'main', args: [join(DIST, 'main.js')], goal: 1.1 },
      { title: 'outputs', args: [join(DIST, 'outputs.js')], goal: 1.1 },
      { title: 'post', args: [join(DIST, 'post.js')], env: session, goal: 0.85 },
      { title: 'checkpointer', args: [join(DIST, 'checkpointer.js'), folder], goal: 0.85 },
    ];
    const times = startTimes(starts);
    const ofFloor = median(times.get('floor') ?? []);
    const rows = starts.map(({ title, goal }) => {
      const own = times.get(title) ?? [];
      const ratio = median(own) / ofFloor;
      const rating = goal === undefined ? ratio.toFixed(2) : rated(ratio, goal);
      return [title, median(own).toFixed(0), Math.min(...own).toFixed(0), rating];
    });
    say(`From start to end without inputs: no network, ${STARTS} runs by turns`);
    table([['program', 'ms, median', 'least', 'of the floor'], ...rows]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** By turns, so that a busy moment of the machine meets all alike; the first turn warms the file cache and is not counted. */
function startTimes(starts: readonly Start[]): Map<string, number[]> {
  const times = new Map<string, number[]>(starts.map(({ title }) => [title, []]));
  for (let turn = 0; turn <= STARTS; turn += 1) {
    for (const { title, args, env = {} } of starts) {
      const startedAt = performance.now();
      spawnSync(node24(), args, { env: { RUNNER_TEMP: tmpdir(), ...env }, input: '' });
      if (turn > 0) times.get(title)?.push(performance.now() - startedAt);
    }
  }
  return times;
}
