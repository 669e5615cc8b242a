import type { StaleFinding, StateErrorDetails, StateScope } from '../backend/state-error.ts';
import { formatDuration } from '../runner/duration.ts';
import { waysToFree } from './free-lines.ts';
import { holderLines } from './lock-text.ts';
import { plain } from './plain.ts';

type Locked = Extract<StateErrorDetails, { reason: 'lock_held' | 'lock_timeout' }>;

/** The words for a lock that somebody else holds. `now` in ms since the epoch. */
export function explainLock(
  scope: StateScope,
  { reason, holder, waitedMs, finding }: Locked,
  now: number,
): string {
  const waited = reason === 'lock_timeout' ? ` after waiting ${formatDuration(waitedMs)}` : '';
  const lines = [
    `The state ${scope.address.lockPath} is locked${waited}. Its holder:`,
    ...holderLines(holder, scope, now),
  ];
  lines.push(
    `To wait ${waited === '' ? 'for it' : 'longer'}, set lock_timeout, for example lock_timeout: 30m.`,
  );
  if (holder === undefined) return lines.join('\n');
  return [...lines, ...findingLines(finding), ...waysToFree(scope, holder)].join('\n');
}

/** What is known of the holder's end, and the lead of the ways to free its lock. */
function findingLines(finding: StaleFinding | undefined): string[] {
  const lead = 'If its holder is gone for good, free it with';
  if (finding === undefined) return [lead];
  const { stale, isBreaking } = finding;
  const why = plain(finding.why);
  if (stale === true && isBreaking) {
    return [`It is provably stale by now: ${why}. Run the job again to take it over, or free it with`];
  }
  if (stale === true) {
    return [`It is provably stale: ${why}. Take it over with stale_lock: break, or free it with`];
  }
  const what = isBreaking ? 'It was not taken over' : 'It is not provably stale';
  return [`${what}: ${why}.`, lead];
}
