import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stateAddress } from '../../src/backend/address.ts';
import { serializeLockInfo } from '../../src/backend/records/lock-info.ts';
import { newLock } from '../../src/job-state/new-lock.ts';
import { describeHolding } from '../../src/messages/lock-text.ts';
import { pullRequestPage } from '../../src/messages/pull-request-page.ts';
import { readJob } from '../../src/runner/job.ts';
import { thisMachine } from '../../src/runner/machine.ts';
import { runOfHolder } from '../../src/staleness/run-evidence.ts';
import { makeHolder } from '../job-state/scopes.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const SERVER = 'https://ghe.acme.com';
const RUN = `${SERVER}/acme/infra/actions/runs/123/attempts/2`;
const JOB = readJob({
  GITHUB_SERVER_URL: SERVER,
  GITHUB_REPOSITORY: 'acme/infra',
  GITHUB_RUN_ID: '123',
  GITHUB_RUN_ATTEMPT: '2',
  GITHUB_ACTOR: 'alice',
});

function findFilesWith(text: string): string[] {
  const files = globSync('src/**/*.ts', { cwd: ROOT });
  return files.filter((file) => readFileSync(join(ROOT, file), 'utf8').includes(text)).sort();
}

describe('on GitHub Enterprise Server', () => {
  it('pages of runs and pull requests are on that server', () => {
    expect(JOB.runUrl).toBe(RUN);
    expect(pullRequestPage(JOB.serverUrl, JOB.repository, 7)).toBe(`${SERVER}/acme/infra/pull/7`);
  });

  it('the lock names the run there, which messages and the proof of a stale lock take up', () => {
    const location = { bucket: 'b', key: 'k', workspace: 'default', workspaceKeyPrefix: 'env:' };
    const address = stateAddress(location);
    const purpose = { operation: 'apply', isForJob: true };
    const info = newLock(address, JOB, thisMachine, Date.now(), purpose);
    expect(serializeLockInfo(info)).toContain(RUN);
    const holder = makeHolder(info);
    expect(describeHolding(holder, { githubServer: SERVER }, Date.now())).toContain(RUN);
    expect(runOfHolder(holder, SERVER)).toMatchObject({ kind: 'run', attempt: { runId: 123, attempt: 2 } });
  });

  it('nothing but the docs of this action and the default server is on github.com', () => {
    expect(findFilesWith('://github.com')).toEqual([
      'src/inputs/stale-inputs.ts',
      'src/messages/explain-failure.ts',
    ]);
    expect(findFilesWith('actions/runs/$')).toEqual(['src/runner/job.ts']);
  });
});
