import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLockHolder } from '../../src/backend/lock/lock-info.ts';
import type { RunStatus } from '../../src/github/run-status.ts';
import { findReasonNotStale, runOfHolder } from '../../src/staleness/run-evidence.ts';
import { holderOf, NOW } from '../job-state/scopes.ts';

const SERVER = 'https://github.com';
const RUN = 'https://github.com/acme/infra/actions/runs/123/attempts/2';
const MINUTE = 60_000;

describe('the run that a lock names', () => {
  it('is found in the info of a lock that a job of ours took', () => {
    const info = `acme/infra, workflow "Deploy", job "apply", ${RUN} (a terraform in that job)`;
    const holder = { runner: 'laptop', lockedAt: Date.parse('2026-01-02T02:52:05.123Z') };
    const attempt = { owner: 'acme', repo: 'infra', runId: 123, attempt: 2, holder };
    expect(runOfHolder(holderOf({ info }), SERVER)).toEqual({ kind: 'run', attempt });
    expect(runOfHolder(holderOf({ info }), 'https://GitHub.com/')).toEqual({ kind: 'run', attempt });
  });

  it.each([
    ['octocat@GitHub Actions 1000000012', 'GitHub Actions 1000000012'],
    ['dependabot[bot]@a@b', 'a@b'],
    ['octocat@', undefined],
    ['octocat', undefined],
  ])('%j is on the runner %j', (who, runner) => {
    const run = runOfHolder(holderOf({ info: RUN, who }), SERVER);
    expect(run.kind === 'run' && run.attempt.holder?.runner).toBe(runner);
  });

  it.each([
    ["a person's Terraform, which leaves no info", '', SERVER, 'it names no run'],
    ['other words', 'applied by hand, ask alice', SERVER, 'it names no run'],
    ['a run of another server', RUN, 'https://ghe.example.com', 'not on this server'],
    ['a server of the same name without TLS', RUN.replace('https', 'http'), SERVER, 'not on this server'],
    ['another port', RUN, 'https://github.com:8443', 'not on this server'],
    ['a server that is none', RUN, 'github', 'not on this server'],
    ['a run without its attempt', RUN.replace('/attempts/2', ''), SERVER, 'which attempt'],
    ['another page', RUN.replace('acme', 'enterprises/acme'), SERVER, 'which attempt'],
    ['two runs, as a workflow with a devious name does', `${RUN}, ${RUN}`, SERVER, 'more than one run'],
  ])('is none for %s', (_, info, server, reason) => {
    const run = runOfHolder(holderOf({ info }), server);
    expect(run).toMatchObject({ kind: 'none', reason: expect.stringContaining(reason) });
  });

  it.each([undefined, '', 'no JSON'])(
    'is none for an item with the Info %j, which nobody can read',
    (raw) => {
      const reason = expect.stringContaining('force: true');
      expect(runOfHolder(parseLockHolder(raw), SERVER)).toMatchObject({ kind: 'none', reason });
    },
  );
});

describe('a lock is provably stale', () => {
  const completed = (agoMs: number): RunStatus => ({
    kind: 'completed',
    lastJobEnded: NOW - agoMs,
    now: NOW,
  });

  it('once the last job of its run ended stale_after ago', () => {
    expect(findReasonNotStale(completed(5 * MINUTE), 5 * MINUTE)).toBeUndefined();
    expect(findReasonNotStale(completed(0), 0)).toBeUndefined();
  });

  it.each<[string, RunStatus, string]>([
    ['it ended just now', completed(5 * MINUTE - 1000), 'ended only 4m 59s ago, and stale_after is 5m'],
    ['it ended in the future', completed(-MINUTE), 'ended only 0s ago'],
    ['it goes on', { kind: 'running' }, 'still going on'],
    ['nothing is known of it', { kind: 'unknown', why: 'no answer' }, 'no answer'],
    ['no job of it ran', { kind: 'completed', lastJobEnded: undefined, now: NOW }, 'no job of its run'],
  ])('not when %s', (_, status, reason) => {
    expect(findReasonNotStale(status, 5 * MINUTE)).toContain(reason);
  });

  it("never by our own clock or the lock's age: only GitHub's two times count", () => {
    const time = fc.integer({ min: 0, max: 4e12 });
    fc.assert(
      fc.property(time, time, fc.nat(1e9), (lastJobEnded, now, staleAfterMs) => {
        const reason = findReasonNotStale({ kind: 'completed', lastJobEnded, now }, staleAfterMs);
        expect(reason === undefined).toBe(now - lastJobEnded >= staleAfterMs);
      }),
    );
  });
});
