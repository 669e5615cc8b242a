import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Measures the peak resident memory of a Node program that is started with `env`. */
export interface PeakMemory {
  readonly env: Record<string, string>;
  /** Bytes at the peak of the last program that ended. */
  read(): number;
  dispose(): Promise<void>;
}

// The kernel's own count for this program alone: `maxRSS` also counts the parent that it was forked from.
const PRELOAD = `
import { readFileSync, writeFileSync } from 'node:fs';
process.on('exit', () => writeFileSync(process.env.PEAK_MEMORY_FILE, readFileSync('/proc/self/status')));
`;

/** Linux only: other kernels don't report it. */
export async function measurePeakMemory(): Promise<PeakMemory> {
  const folder = await mkdtemp(join(tmpdir(), 'peak-memory-'));
  const file = join(folder, 'status');
  const preload = `data:text/javascript,${encodeURIComponent(PRELOAD)}`;
  return {
    env: { NODE_OPTIONS: `--import=${preload}`, PEAK_MEMORY_FILE: file },
    read: () => {
      const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(file, 'utf8'))?.[1];
      if (kilobytes === undefined) throw new Error('the program reported no peak memory');
      return Number(kilobytes) * 1024;
    },
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}
