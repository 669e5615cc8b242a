import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, inject, it, vi } from 'vitest';
import { listObjects, readObject } from '../support/aws.ts';
import type { Job, JobOptions, RunningStage } from '../support/runner.ts';
import { startMainBelowWorker } from '../support/runner-worker.ts';
import { writeConfig } from '../support/terraform.ts';
import { isOpenTofu } from '../support/terraform-binary.ts';
import { GATED_MODULE, QUIET } from './gated-apply.ts';
import { differs } from './opentofu.ts';
import { parseState, type SharedState, sharedStates } from './shared-state.ts';

const setUp = sharedStates();
const hasParts = inject('terraform') && inject('motoUrl') !== undefined && process.platform === 'linux';

/** Its name in the system's process list. */
const PROGRAM = isOpenTofu ? 'tofu' : 'terraform';
// The runner's 7.5 s and 10 s, ten times faster.
const SCALE = 0.1;

interface Applying {
  readonly state: SharedState;
  readonly job: Job;
  readonly dir: string;
  /** The step: a shell, as every `run:` is, with Terraform as its child. */
  readonly step: RunningStage;
}

/** A job whose `run:` step applies, in this mode of the action. */
async function applyingJob(
  inputs: Record<string, string>,
  args = '',
  options: JobOptions = {},
): Promise<Applying> {
  const state = await setUp();
  const job = await state.job(options);
  let dir = join(job.workspace, 'infra');
  if (inputs.working_directory === undefined) dir = (await state.laptop(GATED_MODULE)).dir;
  else await mkdir(dir, { recursive: true });
  await writeConfig(dir, { 'main.tf': GATED_MODULE });
  const main = await job.run('main', { with: { ...state.inputs, ...inputs } });
  expect(main.exitCode, main.log).toBe(0);
  await writeFile(join(dir, 'closed'), '');
  const script = `terraform init > init.log && terraform apply -auto-approve ${args} > apply.log 2>&1; true`;
  const step = await job.startStep('bash', ['-e', '-c', script], { cwd: dir, env: QUIET });
  await vi.waitFor(async () => expect(await readLog(dir)).toContain('Provisioning with'), {
    timeout: 30_000,
  });
  return { state, job, dir, step };
}

async function readLog(dir: string): Promise<string> {
  const path = join(dir, 'apply.log');
  return existsSync(path) ? await readFile(path, 'utf8') : '';
}

/** The runner cancels the job: its signals reach only the shell, which ends, while its Terraform continues. */
async function cancel({ job, step }: Applying): Promise<number[]> {
  step.cancel({ scale: SCALE });
  expect((await step.done).conclusion).toBe('cancelled');
  expect(job.orphans()).not.toEqual([]);
  return job.orphans();
}

function namesIn(bytes: Buffer): string[] {
  return parseState(bytes).resources.map(({ name }) => name);
}

const HOLD = { working_directory: 'infra' };
const LOCK_ALONE = { pull: 'false' };
const WATCH = { lock: 'guard' };
const OTHERS_RUN = 'another job runs Terraform on this machine';

describe.skipIf(!hasParts)('an ordinary cancel of a long apply', () => {
  it.each<[string, Record<string, string>, string]>([
    ['hold', HOLD, ''],
    ['hold, with checkpoints', { ...HOLD, checkpoint_interval: '1s' }, ''],
    ['the lock alone', LOCK_ALONE, '-lock=false'],
    ['guard', WATCH, ''],
  ])(
    '%s: post stops its Terraform, and only then frees the lock, with all its changes in the state',
    async (_, inputs, args) => {
      const applying = await applyingJob(inputs, args);
      const { state, job, dir } = applying;
      await cancel(applying);
      const post = await job.run('post', { omitInputs: true });
      expect(post, post.log).toMatchObject({ exitCode: 0 });
      expect(post.log).toContain('Sent it SIGINT to make it stop and write its state');
      expect(job.orphans()).toEqual([]);
      const log = await readLog(dir);
      expect(log).toContain('Interrupt received');
      expect(log).not.toContain('Two interrupts received');
      expect(namesIn(await state.object())).toContain('word');
      expect(await state.lockInfo()).toBeUndefined();
      // The state matches its digest: the next job reads and continues it.
      const laptop = await state.laptop(GATED_MODULE);
      expect(await laptop.run('apply', '-auto-approve')).toContain('1 added');
    },
  );

  it.each([
    ['hold', HOLD],
    ['guard', WATCH],
  ])(
    '%s: ends an unresponsive Terraform before the runner kills an interrupted post, and nothing is lost',
    async (_, inputs) => {
      const applying = await applyingJob(inputs);
      const { state, job } = applying;
      const [pid] = await findTerraforms(await cancel(applying));
      // 0 would be this very process group.
      if (pid === undefined) throw new Error(`${PROGRAM} is not among the orphans of the job`);
      process.kill(pid, 'SIGSTOP');
      const post = await job.start('post', { omitInputs: true });
      await post.waitForLine(/Sent it SIGINT/);
      post.cancel();
      const { signal, log } = await post.done;
      expect(signal, log).toBeUndefined();
      expect(await findTerraforms(job.orphans()), log).toEqual([]);
      // Another test's Terraform that has not yet recorded its backend may work on any state. An interrupted post can't wait for it.
      const isKept = inputs === WATCH && log.includes(OTHERS_RUN);
      if (!isKept) expect(await state.lockInfo(), log).toBeUndefined();
      const isWritten = !differs('writes the state only every 20 s');
      if (inputs === HOLD && isWritten) expect(await everywhere(state)).toContain('"word"');
    },
  );
});

/** The Terraforms among these processes. */
async function findTerraforms(pids: readonly number[]): Promise<number[]> {
  return await ofProgram(PROGRAM, pids);
}

async function ofProgram(name: string, pids: readonly number[]): Promise<number[]> {
  const links = pids.map(async (pid) => await readlink(`/proc/${pid}/exe`).catch(() => ''));
  const programs = (await Promise.all(links)).map((path) => basename(path));
  return pids.filter((_, i) => programs[i] === name);
}

/** The state and all rescue copies in one text. */
async function everywhere({ clients, fixture }: SharedState): Promise<string> {
  const keys = await listObjects(clients, fixture.bucket);
  const texts = await Promise.all(keys.map((key) => readObject(clients, fixture.bucket, key)));
  return texts.map(String).join('\n');
}

describe.skipIf(!hasParts)('lock: guard on a self-hosted machine, whose host name others may share', () => {
  const selfHosted = { runnerEnvironment: 'self-hosted' } as const;

  it('setup-terraform#441: frees the lock of a Terraform of the job that was seen to run, and was killed', async () => {
    const { state, job, step } = await applyingJob(WATCH, '', selfHosted);
    await vi.waitFor(async () => expect(await readRecords(job)).toContain('"sightings":[{'), {
      timeout: 10_000,
    });
    const lock = await state.lockInfo();
    expect(lock).toContain('OperationTypeApply');
    for (const pid of await findTerraforms(job.orphans())) process.kill(pid, 'SIGKILL');
    await step.done;
    expect(await state.lockInfo()).toBe(lock);
    const post = await job.run('post', { omitInputs: true });
    expect(post, post.log).toMatchObject({ exitCode: 0 });
    expect(await state.lockInfo()).toBeUndefined();
    // The watching process is gone; the shell that Terraform started may continue.
    expect(await ofProgram('node', job.orphans())).toEqual([]);
  });

  it("leaves another machine's live lock with the same host name when no Terraform of the job ran", async () => {
    const state = await setUp();
    const [job, elsewhere] = await Promise.all([state.job(selfHosted), state.laptop(GATED_MODULE)]);
    const main = await job.run('main', { with: { ...state.inputs, ...WATCH } });
    expect(main.exitCode).toBe(0);
    const theirs = await elsewhere.hold();
    const lock = await state.lockInfo();
    theirs.process.signal('SIGSTOP');
    // Another machine's processes aren't visible here, only its lock is.
    const post = await job.start('post', { omitInputs: true, env: { PATH: process.env.PATH ?? '' } });
    await post.waitForLine(/may belong to another job/);
    post.cancel();
    const { exitCode, log } = await post.done;
    expect(exitCode).toBe(1);
    expect(log).toContain('this job started no Terraform when it was taken');
    expect(await state.lockInfo()).toBe(lock);
    theirs.process.signal('SIGCONT');
    await theirs.open();
  });
});

/** What the watching process has recorded so far. */
async function readRecords(job: Job): Promise<string> {
  const records = job.files().filter(({ path }) => path.endsWith('record.json'));
  const texts = await Promise.all(records.map(({ path }) => readFile(path, 'utf8')));
  return texts.join('\n');
}

describe.skipIf(!hasParts)('a runner whose worker dies during an apply', () => {
  it('keeps its lock alive, pushes what the apply still writes, and exits with it; the lock stays', async () => {
    const state = await setUp();
    const job = await state.job();
    const dir = join(job.workspace, 'infra');
    await mkdir(dir, { recursive: true });
    await writeConfig(dir, { 'main.tf': GATED_MODULE });
    const worker = await startMainBelowWorker(job, { ...state.inputs, ...HOLD, checkpoint_interval: '1s' });
    await writeFile(join(dir, 'closed'), '');
    const script = 'terraform init > init.log && terraform apply -auto-approve > apply.log 2>&1';
    const step = await job.startStep('bash', ['-e', '-c', script], { cwd: dir, env: QUIET });
    await vi.waitFor(async () => expect(await readLog(dir)).toContain('Provisioning with'), {
      timeout: 30_000,
    });
    worker.signal('SIGKILL');
    await worker.done;
    const beats = await readBeats(state);
    await vi.waitFor(async () => expect(await readBeats(state)).toBeGreaterThan(beats + 2), {
      timeout: 20_000,
    });
    await rm(join(dir, 'closed'));
    expect((await step.done).exitCode).toBe(0);
    await vi.waitFor(() => expect(job.orphans()).toEqual([]), { timeout: 20_000 });
    expect(namesIn(await state.object()).sort()).toEqual(['gate', 'word']);
    expect(await state.digest()).toBe(
      createHash('md5')
        .update(await state.object())
        .digest('hex'),
    );
    expect(await state.lockInfo()).toContain('terraform-s3-state');
  });
});

/** How often the lock item was renewed. */
async function readBeats({ clients, fixture, lockId }: SharedState): Promise<number> {
  const key = { TableName: fixture.table, Key: { LockID: { S: lockId } }, ConsistentRead: true };
  return Number((await clients.dynamodb.send(new GetItemCommand(key))).Item?.Heartbeat?.N ?? 0);
}
