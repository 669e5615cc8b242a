import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { countOthers, waitForOthers } from '../../src/job-processes/running-terraforms.ts';
import { actionsRunner } from '../../src/runner/runner.ts';
import type { RunningTerraform } from '../../src/runner/running-terraform.ts';
import { fakeMachine, readBackend, runningTerraform } from '../job-state/support.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const { address } = readBackend({ workspace: 'prod' }).settings;
const ENV = { RUNNER_TRACKING_ID: 'github_1' };
const OWN = runningTerraform({ trackingId: 'github_1' });
const OTHER = runningTerraform({ trackingId: 'github_2' });

/** A Terraform of another job, in a folder that was initialised with this backend. */
async function otherWith(backend: unknown, dataDirectory?: string): Promise<RunningTerraform> {
  const directory = await mkdtemp(join(tmpdir(), 'running-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const data = join(directory, dataDirectory ?? '.terraform');
  await mkdir(data, { recursive: true });
  await writeFile(join(data, 'terraform.tfstate'), JSON.stringify({ version: 3, backend }));
  return { ...OTHER, directory, dataDirectory };
}

describe('the Terraforms of others', () => {
  const count = (...all: RunningTerraform[]) =>
    countOthers(fakeMachine({ terraforms: async () => all }), ENV, address);

  it("are all but this job's by the runner's tracking id", async () => {
    expect(await count(OWN, OWN, OTHER, runningTerraform())).toBe(2);
    expect(await count()).toBe(0);
  });

  it.each([
    ['the same state', { type: 's3', config: { bucket: 'b', key: 'k/app.tfstate' } }, 1],
    ['a key that was given elsewhere', { type: 's3', config: { bucket: 'b', key: null } }, 1],
    ['another bucket', { type: 's3', config: { bucket: 'c', key: 'k/app.tfstate' } }, 0],
    ['another key', { type: 's3', config: { bucket: 'b', key: 'app2.tfstate' } }, 0],
    ['another backend', { type: 'local', config: {} }, 0],
    ['no backend', undefined, 1],
  ])('count when they may work on this state: %s', async (_, backend, others) => {
    expect(await count(await otherWith(backend))).toBe(others);
    expect(await count(await otherWith(backend, 'data'))).toBe(others);
  });

  it("are unknown when processes can't be listed", async () => {
    expect(
      await countOthers(fakeMachine({ terraforms: async () => undefined }), ENV, address),
    ).toBeUndefined();
  });
});

describe('the wait for a Terraform of others', () => {
  /** Waits while `terraforms` reports a Terraform, for something that is gone after that many checks. */
  async function wait(terraforms: readonly RunningTerraform[] | undefined, goneAfter = Infinity, lookMs = 0) {
    const clock = createFakeClock({ autoAdvance: true });
    let looks = 0;
    const controller = new AbortController();
    const deps = {
      runner: { ...actionsRunner, info: () => {} },
      clock,
      env: ENV,
      signal: controller.signal,
      machine: fakeMachine({ terraforms: async () => terraforms }),
    };
    const isThere = async (): Promise<boolean> => {
      looks += 1;
      if (lookMs > 0) await clock.sleep(lookMs, new AbortController().signal);
      return looks <= goneAfter;
    };
    const end = await waitForOthers(deps, address, isThere);
    return { ...end, waited: clock.monotonic() };
  }

  it("doesn't happen when none runs", async () => {
    expect(await wait([])).toMatchObject({ isThere: true, waited: 0 });
    expect(await wait([OWN])).toMatchObject({ isThere: true, waited: 0 });
  });

  it('ends as soon as what it left is gone', async () => {
    expect(await wait([OTHER], 3)).toMatchObject({ isThere: false, waited: 1_500 });
  });

  it("ends after at most 30 s, or 10 s when processes can't be listed", async () => {
    expect(await wait([OTHER])).toMatchObject({ isThere: true, others: 1, waited: 30_000 });
    expect(await wait(undefined)).toMatchObject({ isThere: true, others: undefined, waited: 10_000 });
  });

  it('ends then, however long each look takes', async () => {
    expect((await wait([OTHER], Infinity, 180)).waited).toBeLessThanOrEqual(30_180);
    expect((await wait(undefined, Infinity, 430)).waited).toBeLessThanOrEqual(10_430);
  });

  it('ends on an interrupt', async () => {
    const clock = createFakeClock();
    const controller = new AbortController();
    const deps = {
      runner: { ...actionsRunner, info: () => {} },
      clock,
      env: ENV,
      signal: controller.signal,
      machine: fakeMachine({ terraforms: async () => [OTHER] }),
    };
    const waiting = waitForOthers(deps, address, async () => true);
    await clock.advance(700);
    controller.abort(new Error('interrupted'));
    expect(await waiting).toMatchObject({ isThere: true });
    expect(clock.monotonic()).toBe(700);
  });
});
