import { configDefaults, defineConfig } from 'vitest/config';
import base, { PEERS } from './vitest.config.ts';

/** Tests with parts that few machines have, and that take their time: `npm run test:stores` and its like. */
export default defineConfig({
  test: {
    ...base.test,
    include: [...PEERS],
    exclude: configDefaults.exclude,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
