import { configDefaults, defineConfig } from 'vitest/config';
import { LongFilesFirst } from './__tests__/support/long-files-first.ts';

/** Not part of `npm test`, see vitest.peers.config.ts. */
export const PEERS: readonly string[] = ['stores', 'act', 'windows', 'platform', 'bootstrap'].map(
  (name) => `__tests__/${name}/**/*.test.ts`,
);

export default defineConfig({
  test: {
    include: ['__tests__/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...PEERS],
    globalSetup: ['__tests__/support/global-setup.ts'],
    reporters: ['default', './__tests__/security/hostile-reporter.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // A file leaves nothing behind for the next: what it starts it stops, what it stubs it puts back.
    isolate: false,
    // Twice the cores of a small runner: many tests wait for processes and servers.
    maxWorkers: 4,
    // A worker's heap grows to this anyway, and until then each collection of it is for nothing.
    execArgv: ['--initial-heap-size=512', '--min-semi-space-size=32', '--max-semi-space-size=32'],
    sequence: { sequencer: LongFilesFirst },
  },
});
