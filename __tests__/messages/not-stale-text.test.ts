import { expect, it } from 'vitest';
import { describeFinding, describeNotStale, type NotStaleReason } from '../../src/messages/not-stale-text.ts';

it.each<[NotStaleReason, string]>([
  [
    { kind: 'ended_recently', endedMs: 299_000, staleAfterMs: 300_000 },
    'its job ended only 4m 59s ago, and stale_after is 5m',
  ],
  [{ kind: 'ended_recently', endedMs: -60_000, staleAfterMs: 300_000 }, 'its job ended only just now'],
  [{ kind: 'heartbeat_too_slow', intervalMs: 600_000 }, 'its heartbeat comes every 10m'],
  [{ kind: 'run_unknown', problem: { kind: 'no_such_run' } }, 'GitHub knows no such run'],
])('the reason why a lock is not stale: %j', (reason, words) => {
  expect(describeNotStale(reason)).toContain(words);
});

it.each([
  [401, true],
  [403, true],
  [502, false],
])('a refusal of GitHub with status %i names the permission that the token needs: %s', (status, isNamed) => {
  const problem = { kind: 'refused', status, detail: 'No.' } as const;
  const words = describeNotStale({ kind: 'run_unknown', problem });
  expect(words).toContain(`GitHub refused to answer about its run (${status}: No.)`);
  expect(words.includes('needs actions: read')).toBe(isNamed);
});

it('a finding says what would watch the heartbeat, unless this job did', () => {
  const reason = { kind: 'heartbeat_unwatched', endedMs: 60_000, watchMs: 60_000 } as const;
  const reported = describeFinding({ stale: undefined, reason, isBreaking: false });
  expect(reported).toMatch(/not watched for the full 1m \(stale_lock: break .* watch it\)$/);
  expect(describeFinding({ stale: undefined, reason, isBreaking: true })).toMatch(
    /not watched for the full 1m$/,
  );
});

it('a proof names the end of the run and the heartbeat, if there is one', () => {
  const isBreaking = true;
  expect(describeFinding({ stale: true, proof: { endedMs: 60_000, stillMs: undefined }, isBreaking })).toBe(
    'its run has ended (its job 1m ago)',
  );
  expect(describeFinding({ stale: true, proof: { endedMs: 60_000, stillMs: 90_000 }, isBreaking })).toBe(
    'its run has ended (its job 1m ago), and its heartbeat stood still for 1m 30s',
  );
});
