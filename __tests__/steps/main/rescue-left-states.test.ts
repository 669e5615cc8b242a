import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { realDependencies } from '../../../src/job-state/dependencies.ts';
import { rescueLeftStates } from '../../../src/steps/main/rescue-left-states.ts';
import { type BackendBench, openBackendBench } from '../../support/backend.ts';

const motoUrl = inject('motoUrl') ?? '';

describe.skipIf(motoUrl === '')('the directory that another job left', () => {
  let bench: BackendBench;
  let base: string;
  beforeAll(async () => {
    bench = await openBackendBench(motoUrl, { name: 'left-states' });
    base = await mkdtemp(join(tmpdir(), 'left-states-'));
  });
  afterAll(async () => {
    await bench.close();
    await rm(base, { recursive: true });
  });

  /** The warnings of main after it checked what lies there. */
  async function warningsAfter(path: string): Promise<string[]> {
    const warnings: string[] = [];
    const real = realDependencies({ graceMs: 0, totalMs: undefined, tryForMs: 0 });
    const runner = { ...real.runner, warning: (text: string) => void warnings.push(text) };
    await rescueLeftStates({ ...real, runner }, bench.newBackend(), [{ path, owner: undefined }], base);
    return warnings;
  }

  it('causes no warning when its job has removed it meanwhile', async () => {
    expect(await warningsAfter(join(base, 'gone'))).toEqual([]);
  });

  it('stays, with a warning, when the disk refuses to show it', async () => {
    const path = join(base, 'left');
    await writeFile(path, 'no directory');
    const warnings = await warningsAfter(path);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`${path} could not be copied to S3 and stays there.`);
  });
});
