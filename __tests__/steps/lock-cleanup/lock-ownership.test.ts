import { describe, expect, it } from 'vitest';
import { parseLockHolder } from '../../../src/backend/lock/lock-info.ts';
import type { Machine } from '../../../src/runner/machine.ts';
import { findClaim, isSharedName, whoseLock } from '../../../src/steps/lock-cleanup/lock-ownership.ts';

const STARTED = Date.parse('2026-11-23T10:00:00Z');
const machine: Machine = { host: 'ci-7', user: () => 'runner', terraforms: async () => [] };

function holder(change: Record<string, string> = {}) {
  const fields = {
    ID: '1',
    Operation: 'OperationTypeApply',
    Info: '',
    Who: 'runner@ci-7',
    Version: '1.11.4',
    Created: '2026-11-23T10:00:00.000000001Z',
    Path: 'b/k',
    ...change,
  };
  return parseLockHolder(JSON.stringify(fields));
}

/** Whose a lock is to a job of this machine. */
function judge(change: Record<string, string> = {}, env: Record<string, string> = {}, its = machine) {
  return whoseLock(holder(change), findClaim(its, env, STARTED));
}

describe('a lock that Terraform left', () => {
  it("is this job's if it names this user and machine and was taken since the job began", () => {
    expect(judge()).toEqual({ kind: 'ours' });
  });

  it.each([
    [{ Who: 'runner@ci-8' }, 'somebody else took it'],
    [{ Who: 'alice@ci-7' }, 'somebody else took it'],
    [{ Who: 'other-runner@ci-7' }, 'somebody else took it'],
    [{ Who: '' }, 'somebody else took it'],
    [{ Created: '2026-11-23T09:59:59.999Z' }, 'it was taken before this job began'],
    [{ Operation: 'terraform-s3-state' }, 'a step of this action holds it, and frees it itself'],
    [{ Info: 'https://github.com/acme/infra/actions/runs/1' }, 'a step of this action holds it'],
    [{ Created: 'yesterday' }, 'it can not be read'],
  ])("%j is somebody else's", (change, why) => {
    expect(judge(change)).toEqual({ kind: 'foreign', why: expect.stringContaining(why) });
  });

  it('may name the domain of a Windows user', () => {
    expect(judge({ Who: 'CI-7\\runner@ci-7' })).toEqual({ kind: 'ours' });
  });

  it('names whom the environment does where the system knows no user, or nobody', () => {
    const nameless = { ...machine, user: () => undefined };
    expect(judge({ Who: 'builder@ci-7' }, { USER: 'builder' }, nameless)).toEqual({ kind: 'ours' });
    expect(judge({ Who: '@ci-7' }, {}, nameless)).toEqual({ kind: 'ours' });
  });

  it("may be any job's where GitHub's machines share a name", () => {
    const hosted = { RUNNER_ENVIRONMENT: 'github-hosted' };
    const shared = { ...machine, host: 'runnervmwhb2z' };
    const lock = { Who: 'runner@runnervmwhb2z' };
    expect(judge(lock, hosted, shared)).toMatchObject({ kind: 'unclear' });
    expect(judge(lock, { RUNNER_ENVIRONMENT: 'self-hosted' }, shared)).toEqual({ kind: 'ours' });
    expect(isSharedName('tf-1658821493-4711', hosted)).toBe(false);
    expect(isSharedName('0f3c2a1b4d5e', hosted)).toBe(false);
  });
});
