import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import type { Job, RunningStage } from '../support/runner.ts';
import { writeConfig } from '../support/terraform.ts';
import { GATED_MODULE, QUIET } from './gated-apply.ts';
import { differs } from './opentofu.ts';
import { type RootModule, WORDS, wordsArguments } from './root-module.ts';
import { parseState, type SharedState, sharedStates } from './shared-state.ts';

const setUp = sharedStates();
const hasParts = inject('terraform') && inject('motoUrl') !== undefined;

/** A `run:` step of a job with the real terraform. */
function startTerraform(job: Job, dir: string, ...args: string[]): Promise<RunningStage> {
  return job.startStep('terraform', args, { cwd: dir, env: QUIET });
}

/** A running apply in a job, which holds the lock of its state. */
async function startGatedApply(job: Job, dir: string, ...args: string[]): Promise<RunningStage> {
  await writeFile(join(dir, 'closed'), '');
  const apply = await startTerraform(job, dir, 'apply', '-auto-approve', ...args);
  await apply.waitForLine(/Provisioning with/);
  return apply;
}

/** A checkout whose Terraform takes the lock itself, in a job that watches it. */
async function watchedJob(): Promise<{ state: SharedState; job: Job; checkout: RootModule }> {
  const state = await setUp();
  const [job, checkout] = await Promise.all([state.job(), state.laptop(GATED_MODULE)]);
  const main = await job.run('main', { with: { ...state.inputs, lock: 'guard' } });
  expect(main).toMatchObject({ exitCode: 0, outputs: { reason_code: 'watching' } });
  return { state, job, checkout };
}

describe.skipIf(!hasParts)('lock: guard, where Terraform takes the lock itself', () => {
  it("setup-terraform#441: frees the lock that the job's killed Terraform left", async () => {
    const { state, job, checkout } = await watchedJob();
    const apply = await startGatedApply(job, checkout.dir);
    expect(await state.lockInfo()).toContain('OperationTypeApply');
    apply.signal('SIGKILL');
    await apply.done;
    expect(await state.lockInfo()).toBeDefined();
    const post = await job.run('post', { omitInputs: true });
    expect(post.exitCode).toBe(0);
    expect(post.annotations.map(({ level }) => level)).toEqual(['notice']);
    expect(await state.lockInfo()).toBeUndefined();
    await rm(join(checkout.dir, 'closed'));
    expect((await checkout.tryRun('apply', '-auto-approve')).code).toBe(0);
  });

  it("leaves the lock of another job's Terraform on this machine, which has the same host name", async () => {
    const { state, job, checkout } = await watchedJob();
    const other = await state.job();
    const theirs = await startGatedApply(other, checkout.dir);
    const lock = await state.lockInfo();
    const post = await job.start('post', { omitInputs: true });
    await post.waitForLine(/may belong to another job/);
    post.cancel();
    const { exitCode, log } = await post.done;
    expect(exitCode).toBe(1);
    expect(log).toContain('another job runs Terraform on this machine under the same host name');
    expect(await state.lockInfo()).toBe(lock);
    await rm(join(checkout.dir, 'closed'));
    expect((await theirs.done).exitCode).toBe(0);
  });
});

describe.skipIf(!hasParts)('pull: false', () => {
  it('lets Terraform work on S3 with -lock=false, and keeps everybody else out', async () => {
    const state = await setUp();
    const [job, checkout, laptop] = await Promise.all([state.job(), state.laptop(), state.laptop()]);
    const main = await job.run('main', { with: { ...state.inputs, pull: 'false' } });
    expect(main).toMatchObject({ exitCode: 0, outputs: { reason_code: 'locked' } });
    const words = wordsArguments(['one', 'two']);
    const apply = await startTerraform(job, checkout.dir, 'apply', '-auto-approve', '-lock=false', ...words);
    expect((await apply.done).exitCode).toBe(0);
    expect((await laptop.tryRun('plan')).stderr).toContain('Error acquiring the state lock');
    const post = await job.run('post', { omitInputs: true });
    expect(post).toMatchObject({ exitCode: 0, annotations: [] });
    expect(await laptop.run('output', '-raw', 'words')).toBe('one,two');
    expect((await laptop.tryRun('plan', ...words)).code).toBe(0);
  });
});

/** A job that holds a state and uses it in its checkout. */
async function holdingJob(
  config: string,
): Promise<{ state: SharedState; job: Job; dir: string; path: string }> {
  const state = await setUp();
  const job = await state.job();
  const dir = join(job.workspace, 'infra');
  await mkdir(dir, { recursive: true });
  await writeConfig(dir, { 'main.tf': config });
  const main = await job.run('main', { with: { ...state.inputs, working_directory: 'infra' } });
  expect(main.exitCode).toBe(0);
  expect((await (await startTerraform(job, dir, 'init')).done).exitCode).toBe(0);
  return { state, job, dir, path: main.outputs.state_path ?? '' };
}

/** Names of the resources of a state. */
function namesIn(bytes: Buffer): string[] {
  return parseState(bytes).resources.map(({ name }) => name);
}

describe.skipIf(!hasParts)('hold, when Terraform fails to finish', () => {
  it('pushes errored.tfstate, which Terraform could not write to the state, and keeps the file', async () => {
    const { state, job, dir, path } = await holdingJob(WORDS);
    expect((await (await startTerraform(job, dir, 'apply', '-auto-approve')).done).exitCode).toBe(0);
    const before = await readFile(path);
    // As after a failed write: the local file is unchanged, and the new state is beside the configuration.
    const words = wordsArguments(['one', 'two']);
    expect((await (await startTerraform(job, dir, 'apply', '-auto-approve', ...words)).done).exitCode).toBe(
      0,
    );
    const errored = await readFile(path);
    await Promise.all([writeFile(path, before), writeFile(join(dir, 'errored.tfstate'), errored)]);
    const post = await job.run('post', { omitInputs: true });
    expect(post.exitCode).toBe(0);
    expect(post.log).toContain(join(dir, 'errored.tfstate'));
    expect(await state.object()).toEqual(errored);
    expect(await readFile(join(dir, 'errored.tfstate'))).toEqual(errored);
    const laptop = await state.laptop();
    expect(await laptop.run('output', '-raw', 'words')).toBe('one,two');
  });

  it('stops a Terraform that a step left running, and pushes all its changes', async () => {
    const { state, job, dir } = await holdingJob(GATED_MODULE);
    const apply = await startGatedApply(job, dir);
    const post = await job.run('post', { omitInputs: true });
    await apply.done;
    expect(apply.rawStdout()).toContain('Interrupt received');
    expect(post).toMatchObject({ exitCode: 0, annotations: [] });
    expect(namesIn(await state.object())).toContain('word');
    expect(job.orphans()).toEqual([]);
  });

  it.skipIf(differs('writes the state only every 20 s'))(
    'pushes what a killed Terraform had written immediately, with a warning',
    async () => {
      const { state, job, dir } = await holdingJob(GATED_MODULE);
      const apply = await startGatedApply(job, dir);
      apply.signal('SIGKILL');
      await apply.done;
      const post = await job.run('post', { omitInputs: true });
      expect(post.exitCode).toBe(0);
      expect(post.log).toContain("This job's Terraform was killed while it worked on the state.");
      expect(parseState(await state.object()).resources.map(({ name }) => name)).toContain('word');
      expect(await state.lockInfo()).toBeUndefined();
    },
  );
});
