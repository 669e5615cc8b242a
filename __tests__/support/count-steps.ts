import { type Profiler, Session } from 'node:inspector/promises';
import { setFlagsFromString } from 'node:v8';
import { vi } from 'vitest';

/** Measures what code costs, whatever the machine's load. */
export interface StepCounter {
  /** Loads code so its steps are counted: code that was compiled earlier isn't. */
  load<Module>(load: () => Promise<Module>): Promise<Module>;
  /** The factor in steps for twice the size. Linear cost gives 2. */
  growth(size: number, work: (size: number) => unknown): Promise<number>;
  stop(): Promise<void>;
}

const ROUNDS = 3;
/** More than twice, and the counts may have been forgotten all the same: they are taken again. */
const PLAUSIBLE = 2.2;
const ATTEMPTS = 10;

/**
 * Counts how often the blocks of our own code run, by V8's coverage. What a built-in does inside is not seen, so
 * a text of others must not reach one that takes more than its size.
 */
export async function startStepCounter(): Promise<StepCounter> {
  // Else V8 throws away what has not run for a while, and its counts, the sooner the busier the machine is.
  setFlagsFromString('--no-flush-bytecode');
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const take = async (): Promise<number> => {
    const { result } = await session.post('Profiler.takePreciseCoverage');
    return result
      .filter(({ url }) => url.includes('/src/'))
      .reduce((sum, script) => sum + stepsIn(script), 0);
  };
  // V8 forgets the counts of code that it discards meanwhile: the highest of several counts is complete.
  const count = async (work: () => unknown): Promise<number> => {
    const counts: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await take();
      await work();
      counts.push(await take());
    }
    return Math.max(...counts);
  };
  return {
    async load(load) {
      vi.resetModules();
      return await load();
    },
    async growth(size, work) {
      // One-off creation and compilation isn't counted.
      await work(size);
      const ratios: number[] = [];
      for (let attempt = 0; attempt < ATTEMPTS && !ratios.some((ratio) => ratio < PLAUSIBLE); attempt += 1) {
        const once = await count(() => work(size));
        const twice = await count(() => work(size * 2));
        ratios.push(twice / once);
      }
      return Math.min(...ratios);
    },
    async stop() {
      await session.post('Profiler.stopPreciseCoverage');
      session.disconnect();
    },
  };
}

/** The runs of all blocks. */
function stepsIn({ functions }: Profiler.ScriptCoverage): number {
  return functions.flatMap(({ ranges }) => ranges).reduce((sum, { count }) => sum + count, 0);
}
