import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { assertNoSecret, createJob, type Job, type JobOptions, jobOutputs } from '../support/runner.ts';
import { filesBelow } from '../support/runner-checks.ts';

const PLAIN = join(import.meta.dirname, 'fixtures/plain');
const STUBBORN = join(import.meta.dirname, 'fixtures/stubborn');
const jobs: Job[] = [];

async function plainJob(options: JobOptions = {}): Promise<Job> {
  const job = await createJob({ actionDir: PLAIN, ...options });
  jobs.push(job);
  return job;
}

afterEach(async () => {
  for (const job of jobs.splice(0)) await job.dispose();
});

const seenBy = async (job: Job, how: Parameters<Job['run']>[1] = {}) => {
  const { outputs } = await job.run('main', how);
  return JSON.parse(outputs.seen ?? '{}');
};

describe('environment of an action', () => {
  it('has node 24, the workspace, GITHUB_*, RUNNER_* and nothing from the developer', async () => {
    process.env.AWS_PROFILE_OF_THE_DEVELOPER = 'leak';
    const job = await plainJob({ env: { AWS_REGION: 'eu-central-1' }, actionsEnv: { ACTIONS_X: '1' } });
    const { env, cwd, node, argv } = await seenBy(job);
    expect([node.split('.')[0], cwd, argv]).toEqual(['24', job.workspace, 2]);
    expect(env).toMatchObject({
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_RUN_ID: '1658821493',
      GITHUB_WORKSPACE: job.workspace,
      RUNNER_TEMP: job.temp,
      HOME: job.folders.home,
      AWS_REGION: 'eu-central-1',
      ACTIONS_X: '1',
    });
    const names = Object.keys(env);
    expect(names.filter((name) => name.startsWith('AWS_'))).toEqual(['AWS_REGION']);
    expect(names).not.toContain('GITHUB_TOKEN');
  });

  it('gives inputs their defaults, keeps an explicit empty string and warns of undeclared ones', async () => {
    const job = await plainJob();
    const first = await seenBy(job);
    expect(first.env).toMatchObject({
      'INPUT_WITH-DEFAULT': 'from octo-org/infrastructure',
      INPUT_TWO_WORDS: '',
    });
    const result = await job.run('main', { with: { 'with-default': '', typo: 'x', old: 'y' } });
    const { env } = JSON.parse(result.outputs.seen ?? '');
    expect(env).toMatchObject({ 'INPUT_WITH-DEFAULT': '', INPUT_TYPO: 'x' });
    expect(result.annotations.map(({ message }) => message)).toEqual([
      "Unexpected input(s) 'typo', valid inputs are ['do', 'with-default', 'two words', 'old']",
      "Input 'old' has been deprecated with message: use do",
    ]);
  });

  it('gives a run step neither inputs nor ACTIONS_*', async () => {
    const job = await plainJob({ actionsEnv: { ACTIONS_X: '1' } });
    await job.run('main', { with: { do: 'everything' } });
    const step = await job.runStep('node', ['-p', 'JSON.stringify(process.env)']);
    const env = JSON.parse(step.rawStdout);
    expect(Object.keys(env).filter((name) => /^(INPUT|ACTIONS|STATE)_/.test(name))).toEqual([]);
    expect([env.EXPORTED, env.PATH.split(':').slice(0, 2)]).toEqual(['two\nlines', ['/second', '/first']]);
  });
});

describe('the results of a stage', () => {
  it('are masked where people read them', async () => {
    const job = await plainJob();
    const result = await job.run('main', { with: { do: 'everything' } });
    expect(result.conclusion).toBe('success');
    // The order of the two streams isn't fixed, neither here nor on the runner.
    expect(result.log).toContain('##[group]First\nin the group ***\n##[endgroup]\nafter');
    expect(result.log).toContain('##[warning]about ***\nand more');
    expect(result.annotations).toEqual([
      { level: 'warning', title: 'Careful', message: 'about ***\nand more' },
    ]);
    expect(result.summary).toBe('# Done with ***\n');
    expect(result.masks).toEqual(['s3cr3t-value']);
    expect(() => assertNoSecret(result, ['s3cr3t-value'])).toThrow('"s3cr" is in the outputs');
    expect(() => assertNoSecret({ ...result, outputs: {} }, ['s3cr3t-value'])).not.toThrow();
  });

  it('are passed on as job outputs unless they contain a masked part', async () => {
    const job = await plainJob();
    const result = await job.run('main', { with: { do: 'everything' } });
    expect(jobOutputs(result)).toEqual({
      outputs: { plain: '1' },
      warnings: ["Skip output 'leaky' since it may contain secret."],
    });
  });

  it('go to post as state, with and without inputs', async () => {
    const job = await plainJob();
    await job.run('main', { with: { do: 'everything' } });
    const seen = async (omitInputs: boolean) =>
      JSON.parse((await job.run('post', { omitInputs })).outputs.seen ?? '');
    expect(await seen(false)).toEqual({ state: { STATE_lock_id: 'abc' }, inputs: 4, exported: 'two\nlines' });
    expect(await seen(true)).toMatchObject({ state: { STATE_lock_id: 'abc' }, inputs: 0 });
  });

  it('are read by the rules of Windows on request', async () => {
    const job = await plainJob({ windowsLineEnds: true });
    const result = await job.run('main', { with: { do: 'everything' } });
    expect([result.outputs.plain, result.exportedEnv.EXPORTED]).toEqual(['1', 'two\r\nlines']);
  });

  it('fail the step when a command file breaks the grammar', async () => {
    const job = await plainJob();
    const result = await job.run('main', { with: { do: 'broken' } });
    expect(result).toMatchObject({ exitCode: 0, conclusion: 'failure' });
    expect(result.fileCommandError).toContain('Invalid format');
    expect(result.annotations[0]?.message).toBe("Unable to process file command 'output' successfully.");
    expect(job.status()).toBe('failure');
  });

  it('are a failure for any exit code except 0', async () => {
    const job = await plainJob();
    const result = await job.run('main', { with: { do: 'fail' } });
    expect(result).toMatchObject({ exitCode: 1, conclusion: 'failure' });
    expect(result.annotations).toEqual([{ level: 'error', title: undefined, message: 'it failed' }]);
  });

  it('are gone after dispose, including orphans', async () => {
    const job = await plainJob();
    const result = await job.run('main', { with: { do: 'orphan' } });
    expect(job.orphans()).toEqual([Number(result.outputs.pid)]);
    expect(job.files()).toEqual([]);
    await job.dispose();
    while (job.orphans().length > 0) await new Promise((resolve) => setImmediate(resolve));
  });
});

describe('signals', () => {
  it('let an action exit by itself on SIGINT, as cancelled when the runner sent it', async () => {
    const job = await plainJob();
    const stage = await job.start('main', { with: { do: 'hang' } });
    await stage.waitForLine(/^hanging$/);
    stage.cancel();
    const result = await stage.done;
    expect(result).toMatchObject({ exitCode: 0, conclusion: 'cancelled', signal: undefined });
    expect(result.state).toEqual({ attempted: 'yes', interrupted: 'yes' });
    expect(job.status()).toBe('cancelled');
  });

  it('lose nothing that was saved before SIGKILL', async () => {
    const job = await plainJob();
    const stage = await job.start('main', { with: { do: 'hang' } });
    await stage.waitForLine(/^hanging$/);
    stage.signal('SIGKILL');
    expect(await stage.done).toMatchObject({ exitCode: 137, signal: 'SIGKILL', conclusion: 'failure' });
    const post = await job.run('post');
    expect(JSON.parse(post.outputs.seen ?? '')).toMatchObject({ state: { STATE_attempted: 'yes' } });
  });

  it('of a cancel are SIGINT, SIGTERM and SIGKILL, at the scaled times', async () => {
    const job = await plainJob({ actionDir: STUBBORN });
    const stage = await job.start('main');
    await stage.waitForLine(/^ready$/);
    stage.cancel({ scale: 0.05 });
    const result = await stage.done;
    expect(result).toMatchObject({ exitCode: 137, signal: 'SIGKILL', conclusion: 'cancelled' });
    expect(result.state).toEqual({ SIGINT: 'seen', SIGTERM: 'seen' });
    expect(result.rawStdout).toBe('ready\ngot SIGINT\ngot SIGTERM\n');
  });

  it('end a wait for a line that never comes when the process exits', async () => {
    const job = await plainJob();
    const stage = await job.start('main');
    await expect(stage.waitForLine(/never/)).rejects.toThrow('ended without a line like /never/');
  });
});

// Linux lists the descriptor of the listing itself there, which is closed before its file can be read.
it.skipIf(process.platform !== 'linux')(
  'the files below a folder are those that are still there when they are read',
  () => {
    const paths = filesBelow('/proc/self/fdinfo').map(({ path }) => path);
    expect(paths).toContain('/proc/self/fdinfo/1');
  },
);
