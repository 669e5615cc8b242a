import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLockHolder } from '../../src/backend/records/lock-info.ts';
import type { RunStatus } from '../../src/github/run-status.ts';
import type { NotStaleReason } from '../../src/messages/not-stale-text.ts';
import { proveRunEnded, runOfHolder } from '../../src/staleness/run-evidence.ts';
import { makeHolder, NOW } from '../job-state/scopes.ts';

const SERVER = 'https://github.com';
const RUN = 'https://github.com/acme/infra/actions/runs/123/attempts/2';
const MINUTE = 60_000;

describe('the run that a lock names', () => {
  it('is found in the info of a lock that one of our jobs took', () => {
    const info = `acme/infra, workflow "Deploy", job "apply", ${RUN} (a terraform in that job)`;
    const holder = { runner: 'laptop', lockedAt: Date.parse('2026-01-02T02:52:05.123Z') };
    const attempt = { owner: 'acme', repo: 'infra', runId: 123, attempt: 2, holder };
    expect(runOfHolder(makeHolder({ info }), SERVER)).toEqual({ kind: 'run', attempt });
    expect(runOfHolder(makeHolder({ info }), 'https://GitHub.com/')).toEqual({ kind: 'run', attempt });
  });

  it.each([
    ['octocat@GitHub Actions 1000000012', 'GitHub Actions 1000000012'],
    ['dependabot[bot]@a@b', 'a@b'],
    ['octocat@', undefined],
    ['octocat', undefined],
  ])('%j is on the runner %j', (who, runner) => {
    const run = runOfHolder(makeHolder({ info: RUN, who }), SERVER);
    expect(run.kind === 'run' && run.attempt.holder?.runner).toBe(runner);
  });

  it.each([
    ["a person's Terraform, which leaves no info", '', SERVER, 'names_no_run'],
    ['other words', 'applied by hand, ask alice', SERVER, 'names_no_run'],
    ['a run on another server', RUN, 'https://ghe.example.com', 'other_server'],
    ['a server of the same name without TLS', RUN.replace('https', 'http'), SERVER, 'other_server'],
    ['another port', RUN, 'https://github.com:8443', 'other_server'],
    ['an invalid server', RUN, 'github', 'other_server'],
    ['a run without its attempt', RUN.replace('/attempts/2', ''), SERVER, 'no_attempt'],
    ['another page', RUN.replace('acme', 'enterprises/acme'), SERVER, 'no_attempt'],
    ['two runs, as a workflow with a malicious name does', `${RUN}, ${RUN}`, SERVER, 'names_several_runs'],
  ])('is none for %s', (_, info, server, kind) => {
    const run = runOfHolder(makeHolder({ info }), server);
    expect(run).toMatchObject({ kind: 'none', reason: { kind } });
  });

  it.each([undefined, '', 'no JSON'])('is none for an item with the unreadable Info %j', (raw) => {
    const reason = { kind: 'holder_unreadable' };
    expect(runOfHolder(parseLockHolder(raw), SERVER)).toEqual({ kind: 'none', reason });
  });
});

describe('a lock is provably stale', () => {
  const problem = { kind: 'no_such_run' } as const;
  const completed = (agoMs: number): RunStatus => ({
    kind: 'completed',
    lastJobEnded: NOW - agoMs,
    now: NOW,
  });

  it('once the last job of its run ended stale_after ago', () => {
    expect(proveRunEnded(completed(5 * MINUTE), 5 * MINUTE)).toEqual({ kind: 'ended', endedMs: 5 * MINUTE });
    expect(proveRunEnded(completed(0), 0)).toEqual({ kind: 'ended', endedMs: 0 });
  });

  it.each<[string, RunStatus, NotStaleReason]>([
    [
      'it has just ended',
      completed(5 * MINUTE - 1000),
      { kind: 'ended_recently', endedMs: 299_000, staleAfterMs: 300_000 },
    ],
    [
      'it ended in the future',
      completed(-MINUTE),
      { kind: 'ended_recently', endedMs: -MINUTE, staleAfterMs: 300_000 },
    ],
    ['it goes on', { kind: 'running' }, { kind: 'run_going_on' }],
    ['nothing is known about it', { kind: 'unknown', problem }, { kind: 'run_unknown', problem }],
    [
      'none of its jobs ran',
      { kind: 'completed', lastJobEnded: undefined, now: NOW },
      { kind: 'no_job_ran' },
    ],
  ])('not when %s', (_, status, reason) => {
    expect(proveRunEnded(status, 5 * MINUTE)).toEqual({ kind: 'not_proven', reason });
  });

  it("never by our own clock or the lock's age: only GitHub's times count", () => {
    const time = fc.integer({ min: 0, max: 4e12 });
    fc.assert(
      fc.property(time, time, fc.nat(1e9), (lastJobEnded, now, staleAfterMs) => {
        const end = proveRunEnded({ kind: 'completed', lastJobEnded, now }, staleAfterMs);
        expect(end.kind === 'ended').toBe(now - lastJobEnded >= staleAfterMs);
      }),
    );
  });
});
