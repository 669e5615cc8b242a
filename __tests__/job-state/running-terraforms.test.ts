import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runningTerraforms, waitForTerraforms } from '../../src/job-state/running-terraforms.ts';
import type { Machine, RunningTerraform } from '../../src/runner/machine.ts';
import { actionsRunner } from '../../src/runner/runner.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { readBackend } from './support.ts';

const { address } = readBackend({ workspace: 'prod' }).settings;
const ENV = { RUNNER_TRACKING_ID: 'github_1' };
const OWN: RunningTerraform = { trackingId: 'github_1', directory: undefined, dataDirectory: undefined };
const OTHER: RunningTerraform = { ...OWN, trackingId: 'github_2' };

function machineOf(terraforms: Machine['terraforms']): Machine {
  return { host: 'ci-7', user: () => 'runner', terraforms };
}

/** A Terraform of another job, in a folder that was initialised with this backend. */
async function otherWith(backend: unknown, dataDirectory?: string): Promise<RunningTerraform> {
  const directory = await mkdtemp(join(tmpdir(), 'running-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const data = join(directory, dataDirectory ?? '.terraform');
  await mkdir(data, { recursive: true });
  await writeFile(join(data, 'terraform.tfstate'), JSON.stringify({ version: 3, backend }));
  return { ...OTHER, directory, dataDirectory };
}

describe('the Terraforms that run', () => {
  const count = (...all: RunningTerraform[]) =>
    runningTerraforms(
      machineOf(async () => all),
      ENV,
      address,
    );

  it("are this job's by the runner's tracking id, else somebody else's", async () => {
    expect(await count(OWN, OWN, OTHER, { ...OTHER, trackingId: undefined })).toEqual({ own: 2, others: 2 });
    expect(await count()).toEqual({ own: 0, others: 0 });
  });

  it.each([
    ['the same state', { type: 's3', config: { bucket: 'b', key: 'k/app.tfstate' } }, 1],
    ['a key that was given elsewhere', { type: 's3', config: { bucket: 'b', key: null } }, 1],
    ['another bucket', { type: 's3', config: { bucket: 'c', key: 'k/app.tfstate' } }, 0],
    ['another key', { type: 's3', config: { bucket: 'b', key: 'app2.tfstate' } }, 0],
    ['another backend', { type: 'local', config: {} }, 0],
    ['no backend', undefined, 1],
  ])('of others count when they may work on this state: %s', async (_, backend, others) => {
    expect(await count(await otherWith(backend))).toEqual({ own: 0, others });
    expect(await count(await otherWith(backend, 'data'))).toEqual({ own: 0, others });
  });

  it('are unknown where nobody can see them', async () => {
    expect(
      await runningTerraforms(
        machineOf(async () => undefined),
        ENV,
        address,
      ),
    ).toBeUndefined();
  });
});

describe('the wait for a Terraform', () => {
  /** Waits while a Terraform is seen by `terraforms`, for something that is gone after so many looks. */
  async function wait(
    terraforms: readonly RunningTerraform[] | undefined,
    goneAfter = Infinity,
    andOthers = true,
  ) {
    const clock = createFakeClock({ autoAdvance: true });
    let looks = 0;
    const controller = new AbortController();
    const deps = {
      runner: { ...actionsRunner, info: () => {} },
      clock,
      env: ENV,
      signal: controller.signal,
      machine: machineOf(async () => terraforms),
    };
    const isThere = async (): Promise<boolean> => {
      looks += 1;
      return looks <= goneAfter;
    };
    const end = await waitForTerraforms(deps, address, isThere, andOthers);
    return { ...end, waited: clock.monotonic() };
  }

  it('is none when none runs', async () => {
    expect(await wait([])).toMatchObject({ isThere: true, waited: 0 });
    expect(await wait([OTHER], Infinity, false)).toMatchObject({ isThere: true, waited: 0 });
  });

  it('ends as soon as what it left is gone', async () => {
    expect(await wait([OWN], 3)).toMatchObject({ isThere: false, waited: 1_500 });
  });

  it('ends after 30 s in any case, and after 10 s where nobody can see', async () => {
    expect(await wait([OWN])).toMatchObject({ isThere: true, running: { own: 1 }, waited: 30_000 });
    expect(await wait([OTHER])).toMatchObject({ isThere: true, running: { others: 1 }, waited: 30_000 });
    expect(await wait(undefined)).toMatchObject({ isThere: true, running: undefined, waited: 10_000 });
  });

  it('is ended by an interrupt', async () => {
    const clock = createFakeClock();
    const controller = new AbortController();
    const deps = {
      runner: { ...actionsRunner, info: () => {} },
      clock,
      env: ENV,
      signal: controller.signal,
      machine: machineOf(async () => [OWN]),
    };
    const waiting = waitForTerraforms(deps, address, async () => true, true);
    await clock.advance(700);
    controller.abort(new Error('interrupted'));
    expect(await waiting).toMatchObject({ isThere: true });
    expect(clock.monotonic()).toBe(700);
  });
});
