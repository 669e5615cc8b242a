import { describe, expect, it } from 'vitest';
import { readJob } from '../../src/runner/job.ts';

const env = {
  GITHUB_ACTOR: 'alice',
  GITHUB_TRIGGERING_ACTOR: 'bob',
  GITHUB_REPOSITORY: 'acme/infra',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_WORKFLOW: 'Deploy',
  GITHUB_JOB: 'apply',
  GITHUB_RUN_ID: '123',
  GITHUB_SHA: '6dcb09b5',
  GITHUB_RUN_ATTEMPT: '2',
  GITHUB_WORKSPACE: '/home/runner/work/infra/infra',
  RUNNER_NAME: 'runner-1',
  GITHUB_ACTION_REPOSITORY: 'acme/terraform-s3-state',
  GITHUB_ACTION_REF: 'v1',
  RUNNER_TEMP: '/home/runner/work/_temp',
};

describe('the job', () => {
  it('is read from what the runner sets', () => {
    expect(readJob(env)).toEqual({
      serverUrl: 'https://github.com',
      actor: 'bob',
      repository: 'acme/infra',
      workflow: 'Deploy',
      job: 'apply',
      runnerName: 'runner-1',
      runId: '123',
      runAttempt: '2',
      runUrl: 'https://github.com/acme/infra/actions/runs/123/attempts/2',
      workspace: '/home/runner/work/infra/infra',
      temp: '/home/runner/work/_temp',
      actionRepository: 'acme/terraform-s3-state',
      actionRef: 'v1',
      commit: '6dcb09b5',
    });
  });

  it('names who started this attempt, else who started the run', () => {
    expect(readJob({ ...env, GITHUB_TRIGGERING_ACTOR: undefined }).actor).toBe('alice');
    expect(readJob({ ...env, GITHUB_TRIGGERING_ACTOR: '' }).actor).toBe('alice');
  });

  it('counts a run without an attempt as the first', () => {
    const { GITHUB_RUN_ATTEMPT: _, ...rest } = env;
    expect(readJob(rest).runUrl).toBe('https://github.com/acme/infra/actions/runs/123/attempts/1');
  });

  it.each(['GITHUB_SERVER_URL', 'GITHUB_REPOSITORY', 'GITHUB_RUN_ID'])('has no page without %s', (name) => {
    expect(readJob({ ...env, [name]: '' }).runUrl).toBe('');
  });

  it('has empty names outside GitHub Actions, and uses the current directory', () => {
    const job = readJob({});
    expect(job).toMatchObject({ actor: '', repository: '', runId: '', runUrl: '', temp: '' });
    expect(job.workspace).toBe(process.cwd());
  });
});
