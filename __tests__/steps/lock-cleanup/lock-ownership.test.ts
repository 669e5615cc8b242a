import { describe, expect, it } from 'vitest';
import { parseLockHolder } from '../../../src/backend/records/lock-info.ts';
import { findClaim, isSharedName, whoseLock } from '../../../src/steps/lock-cleanup/lock-ownership.ts';
import { fakeMachine } from '../../job-state/support.ts';

const STARTED = Date.parse('2026-11-23T10:00:00Z');
const machine = fakeMachine();
const HOSTED = { RUNNER_ENVIRONMENT: 'github-hosted' };
const TAKEN = STARTED + 1;

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
function decide(change: Record<string, string> = {}, env: Record<string, string> = HOSTED, its = machine) {
  return whoseLock(holder(change), findClaim(its, env, STARTED, []));
}

describe('a lock that Terraform left', () => {
  it("is this job's if it names this user and machine and was taken since the job began", () => {
    expect(decide()).toEqual({ kind: 'ours' });
  });

  it.each([
    [{ Who: 'runner@ci-8' }, 'taken_by_other'],
    [{ Who: 'alice@ci-7' }, 'taken_by_other'],
    [{ Who: 'other-runner@ci-7' }, 'taken_by_other'],
    [{ Who: '' }, 'taken_by_other'],
    [{ Created: '2026-11-23T09:59:59.999Z' }, 'taken_before_job'],
    [{ Operation: 'terraform-s3-state' }, 'held_by_step'],
    [{ Info: 'https://github.com/acme/infra/actions/runs/1' }, 'held_by_step'],
    [{ Created: 'yesterday' }, 'holder_unreadable'],
  ])("is somebody else's: %j", (change, reason) => {
    expect(decide(change)).toEqual({ kind: 'foreign', reason: { kind: reason } });
  });

  it('may name the domain of a Windows user', () => {
    expect(decide({ Who: 'CI-7\\runner@ci-7' })).toEqual({ kind: 'ours' });
  });

  it("names the environment's user, or nobody, when the system knows no user", () => {
    const nameless = { ...machine, user: () => undefined };
    const builder = { ...HOSTED, USER: 'builder' };
    expect(decide({ Who: 'builder@ci-7' }, builder, nameless)).toEqual({ kind: 'ours' });
    expect(decide({ Who: '@ci-7' }, HOSTED, nameless)).toEqual({ kind: 'ours' });
  });

  it("may be any job's when GitHub's machines share a host name", () => {
    const shared = { ...machine, host: 'runnervmwhb2z' };
    expect(decide({ Who: 'runner@runnervmwhb2z' }, HOSTED, shared)).toMatchObject({ kind: 'unclear' });
    expect(isSharedName('tf-1658821493-4711', HOSTED)).toBe(false);
    expect(isSharedName('0f3c2a1b4d5e', HOSTED)).toBe(false);
  });
});

describe('a lock on a self-hosted machine, whose host name others may share', () => {
  const decideSeen = (from: number, until: number) => {
    const claim = findClaim(machine, { RUNNER_ENVIRONMENT: 'self-hosted' }, STARTED, [
      { id: '7-1', from, until },
    ]);
    return whoseLock(holder({ Created: new Date(TAKEN).toISOString() }), claim).kind;
  };
  const MINUTE = 60_000;

  it.each([
    ['started a moment before and kept running', TAKEN - 3_000, TAKEN + MINUTE, 'ours'],
    ['was seen only at that time', TAKEN, TAKEN, 'ours'],
    ['ended before', TAKEN - 30_000, TAKEN - 10_000, 'unclear'],
    ['began after', TAKEN + 10_000, TAKEN + MINUTE, 'unclear'],
    [
      "had run for long, like one that waits for another machine's lock",
      TAKEN - 10 * MINUTE,
      TAKEN + MINUTE,
      'unclear',
    ],
  ])('is proved by a Terraform of this job that %s: %i to %i is %s', (_, from, until, kind) => {
    expect(decideSeen(from, until)).toBe(kind);
  });

  it('is unclear when no Terraform of this job was seen', () => {
    expect(decide({}, { RUNNER_ENVIRONMENT: 'self-hosted' })).toMatchObject({
      kind: 'unclear',
      reason: { kind: 'no_terraform_seen' },
    });
  });
});
