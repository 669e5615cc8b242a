import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Job, StageResult } from '../support/runner.ts';
import { node24 } from '../support/runner-environment.ts';
import { startProcess } from '../support/runner-process.ts';
import type { Machine } from '../support/runner-types.ts';
import { findOnPath } from '../support/tools.ts';

/** The paths of the job's folders in the container. */
const JOB = '/mnt/job';

/** A job's `container:`, as its steps see it. */
export interface JobContainer {
  /** For the job: its actions run in the container. */
  readonly machine: Machine;
  /** Starts the container for a job that was made with `machine`. It stops when the test ends. */
  start(job: Job): Promise<void>;
  /** A `run:` step in the container, from the workspace; `program` is an absolute path. */
  run(job: Job, program: string, ...args: string[]): Promise<StageResult>;
}

/**
 * A container as Docker makes one for a job: files in /tmp, processes and a host name of its own, the job's
 * folders mounted at another place, a first process that reaps nobody, and steps that come in from outside, so
 * they see no parent. Undefined when namespaces aren't allowed.
 */
export function jobContainer(): JobContainer | undefined {
  if (!isAllowed()) return undefined;
  const programs = mkdtempSync(join(tmpdir(), 'job-container-'));
  onTestFinished(() => rmSync(programs, { recursive: true }));
  const enter = join(programs, 'enter');
  const node = join(programs, 'node');
  return {
    machine: {
      node,
      findPath: (path) => path.replace(/^.*\/runner-job-[^/]+/, JOB),
      env: {},
    },
    start: async ({ folders }) => {
      const pid = await bringUp(folders.root);
      const inside = `sh -c 'cd "$GITHUB_WORKSPACE" && exec "$@"' sh`;
      const script = `#!/bin/sh\nexec nsenter -t ${pid} -m -p -u ${inside} "$@"\n`;
      writeFileSync(enter, script, { mode: 0o755 });
      writeFileSync(node, `#!/bin/sh\nexec ${enter} ${node24()} "$@"\n`, { mode: 0o755 });
    },
    run: (job, program, ...args) => job.runStep(enter, [program, ...args]),
  };
}

/** Returns the id of the container's first process on this machine. */
async function bringUp(root: string): Promise<number> {
  const script = [
    'set -e',
    'mount -t tmpfs none /mnt',
    `mkdir ${JOB} && mount --bind "$1" ${JOB}`,
    'mount -t tmpfs none /tmp',
    'hostname 3f1c0ffee123',
    'echo up',
    'exec tail -f /dev/null',
  ].join('\n');
  const args = ['-m', '-p', '-u', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', script, 'sh', root];
  const container = startProcess('unshare', args, {
    cwd: '/',
    env: { PATH: process.env.PATH ?? '' },
    onLine: () => {},
  });
  onTestFinished(async () => {
    container.signal('SIGKILL');
    await container.end;
  });
  await container.waitForLine(/up/);
  return Number(readFileSync(`/proc/${container.pid}/task/${container.pid}/children`, 'utf8').trim());
}

function isAllowed(): boolean {
  if (findOnPath('unshare') === undefined || findOnPath('nsenter') === undefined) return false;
  try {
    execFileSync('unshare', ['-m', '-p', '-u', '--fork', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
