import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { type Moto, startMoto } from './moto.ts';
import { COMPILE_CACHE } from './runner-environment.ts';
import { chooseTerraform } from './terraform-binary.ts';
import { findOnPath, missingPart } from './tools.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the one moto server of this test run; undefined when it could not be started. */
    motoUrl: string | undefined;
    /** Absolute path of the real terraform; undefined when there is none. */
    terraform: string | undefined;
  }
}

/** Starts the parts that all test files share, available by `inject('motoUrl')` and `inject('terraform')`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const chosen = await chooseTerraform();
  project.provide('terraform', findOnPath('terraform') ?? missingPart('terraform', 'not on PATH'));
  const moto = await startMoto().catch((error: unknown): Moto | undefined =>
    missingPart('moto', String(error)),
  );
  project.provide('motoUrl', moto?.url);
  const compileCache = await mkdtemp(join(tmpdir(), 'test-run-'));
  // The workers inherit it.
  process.env[COMPILE_CACHE] = compileCache;
  return async () => {
    await rm(compileCache, { recursive: true, force: true });
    await moto?.stop();
    await chosen?.remove();
  };
}
