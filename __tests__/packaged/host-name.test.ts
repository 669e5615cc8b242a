import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { StageResult } from '../support/runner.ts';
import { node24 } from '../support/runner-environment.ts';
import { type RunnerProcess, startProcess } from '../support/runner-process.ts';
import { DIST, inputVariables } from '../support/runner-worker.ts';
import { findOnPath } from '../support/tools.ts';
import { describePackaged, openTestbed, type TestbedJob } from './support.ts';

const isPossible =
  process.getuid?.() === 0 && findOnPath('nsenter') !== undefined && findOnPath('unshare') !== undefined;
const SUDO = '#!/bin/sh\n[ "$1" = -n ] && shift && exec "$@"\n';

/** A machine with its own host name: the name of the test's machine stays. */
async function machineCalled(name: string): Promise<RunnerProcess> {
  const script = `hostname ${name} && echo ready && exec sleep 600`;
  const machine = startProcess('unshare', ['--uts', 'sh', '-c', script], {
    cwd: '/',
    env: { PATH: process.env.PATH ?? '' },
    onLine: () => {},
  });
  onTestFinished(() => void machine.signal('SIGKILL'));
  await machine.waitForLine(/ready/);
  return machine;
}

const on = ({ pid }: RunnerProcess, ...command: string[]) => ['-t', String(pid), '-u', ...command];

function findName(machine: RunnerProcess): string {
  return spawnSync('nsenter', on(machine, 'hostname')).stdout.toString().trim();
}

function run(
  job: TestbedJob,
  machine: RunnerProcess,
  entry: string,
  env: Record<string, string>,
): Promise<StageResult> {
  return job.runStep('nsenter', on(machine, node24(), join(DIST, `${entry}.js`)), { env });
}

const readState = ({ state }: StageResult) =>
  Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]));

describePackaged("lock: guard on GitHub's machines, which share their names", () => {
  it.skipIf(!isPossible)(
    'sets a unique host name, frees the lock that names it, and restores the old name',
    async () => {
      const testbed = await openTestbed();
      const job = await testbed.job();
      writeFileSync(join(job.folders.programs, 'sudo'), SUDO);
      const machine = await machineCalled('runnervmwhb2z');
      const main = await run(job, machine, 'main', inputVariables({ ...job.inputs, lock: 'guard' }));
      expect(main, main.log).toMatchObject({ exitCode: 0, annotations: [] });
      const given = findName(machine);
      expect(given).toMatch(/^tf-1658821493-1-[a-z0-9]+$/);
      expect(main.log).toContain(`Changed the host name of this machine from runnervmwhb2z to ${given}`);
      const lock = { ID: 'left', Operation: 'OperationTypeApply', Info: '', Version: '1.11.4', Path: 'p' };
      const Created = new Date().toISOString();
      await testbed.putLock(JSON.stringify({ ...lock, Who: `${userInfo().username}@${given}`, Created }));
      const post = await run(job, machine, 'post', readState(main));
      expect(post, post.log).toMatchObject({ exitCode: 0 });
      expect(await testbed.lock()).toBeUndefined();
      expect(findName(machine)).toBe('runnervmwhb2z');
      expect(post.log).toContain('The host name of this machine is runnervmwhb2z again.');
      expect(hostname()).not.toBe(given);
    },
  );

  it.skipIf(!isPossible)('says what to do when it may not change the name, and changes nothing', async () => {
    const testbed = await openTestbed();
    const job = await testbed.job();
    const machine = await machineCalled('runnervmwhb2z');
    const main = await run(job, machine, 'main', inputVariables({ ...job.inputs, lock: 'guard' }));
    expect(main.exitCode).toBe(0);
    expect(findName(machine)).toBe('runnervmwhb2z');
    expect(main.log).toContain('like every machine that GitHub creates from the same image');
    expect((await run(job, machine, 'post', readState(main))).exitCode).toBe(0);
  });

  it('leaves the name of a self-hosted machine alone', async () => {
    const testbed = await openTestbed();
    const job = await testbed.job({ runnerEnvironment: 'self-hosted', with: { lock: 'guard' } });
    const asked = join(job.temp, 'sudo-was-asked');
    writeFileSync(join(job.folders.programs, 'sudo'), `#!/bin/sh\ntouch ${asked}\n`);
    const main = await job.main();
    expect(main).toMatchObject({ exitCode: 0, annotations: [] });
    expect(main.log).not.toContain('host name');
    expect(job.files().map(({ path }) => path)).not.toContain(asked);
    expect(await job.post()).toMatchObject({ exitCode: 0, annotations: [] });
    expect(job.orphans()).toEqual([]);
  });
});
