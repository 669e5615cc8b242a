import { hostname } from 'node:os';
import { beforeAll, describe, expect, it } from 'vitest';
import { actionFolder } from '../packaged/run-action.ts';
import { describeInProcess, openTestbed } from '../packaged/support.ts';
import { createJob } from '../support/runner.ts';
import { runStepsInProcess } from '../support/runner-in-process.ts';

const ACTIONS = ['.', 'unlock', 'history'];

/** What the runner gets from a step that finds its inputs wrong. */
async function runRefused(action: string) {
  const job = await createJob();
  const inputs = { bucket: 'states', key: 'a.tfstate', region: '::error::x%0Ay', dynamodb_table: 'locks' };
  const wrong = { secret_key: 'alone-without-its-access-key', force: 'perhaps', command: 'nothing' };
  try {
    const result = await job.run('main', {
      actionDir: actionFolder(action),
      with: { ...inputs, ...wrong },
    });
    const { exitCode, conclusion, log, annotations, outputs, summary, masks } = result;
    return { exitCode, conclusion, log, annotations, outputs, summary, masks };
  } finally {
    await job.dispose();
  }
}

describe('a step in the process of its test', () => {
  const fromDist = new Map<string, unknown>();
  beforeAll(async () => {
    for (const action of ACTIONS) fromDist.set(action, await runRefused(action));
  });

  describe('reports', () => {
    runStepsInProcess();

    it.each(ACTIONS)('what the same step from dist/ reports (%s)', async (action) => {
      const here = await runRefused(action);
      expect(here).toMatchObject({ exitCode: 1, outputs: { reason_code: 'invalid_input' } });
      expect(here).toEqual(fromDist.get(action));
    });
  });
});

describeInProcess('a job in the process of its test', () => {
  it('may not have a checkpointer, which would not start, nor rename this machine', async () => {
    const name = hostname();
    const testbed = await openTestbed();
    const held = await testbed.job({ with: { checkpoint_interval: '1h' } });
    await expect(held.main()).rejects.toThrow('main starts the checkpointer: run it with dist/');
    const guarded = await testbed.job({ with: { lock: 'guard' } });
    await expect(guarded.main()).rejects.toThrow('run it with dist/');
    expect(hostname()).toBe(name);
  });
});
