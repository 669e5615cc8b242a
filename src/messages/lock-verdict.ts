import { type Freeze, isPastEnd, parseFreeze } from '../backend/records/freeze.ts';
import type { FoundStateLock } from '../backend/survey/survey-locks.ts';
import { describeFreeze } from './freeze-text.ts';
import { describeNotStale, describeProof, type NotStaleReason, type StaleProof } from './not-stale-text.ts';

/** What is thought of a lock, and by what. */
export type LockVerdict =
  | { readonly kind: 'dead'; readonly proof: StaleProof }
  | { readonly kind: 'frozen'; readonly freeze: Freeze; readonly isOver: boolean }
  /** `alive`: its run goes on. `person`: it names no run. `unclear`: nobody can tell. */
  | { readonly kind: 'alive' | 'person' | 'unreadable' | 'unclear'; readonly reason: NotStaleReason };

/** A lock with what is thought of it. */
export interface JudgedLock {
  readonly found: FoundStateLock;
  readonly verdict: LockVerdict;
}

/** The verdicts, those that somebody has to look at first. */
export const VERDICTS = [
  'dead',
  'unreadable',
  'unclear',
  'person',
  'frozen',
  'alive',
] as const satisfies readonly LockVerdict['kind'][];

/** The verdict on a lock that is not proven stale. `storeNow`: ms since the epoch by the store's clock. Pure. */
export function verdictWithoutProof(
  { stores: [{ holder }] }: FoundStateLock,
  reason: NotStaleReason,
  storeNow: number,
): LockVerdict {
  const freeze = parseFreeze(holder);
  if (freeze !== undefined) return { kind: 'frozen', freeze, isOver: isPastEnd(freeze, storeNow) };
  return { kind: classify(reason), reason };
}

function classify({ kind }: NotStaleReason): 'alive' | 'person' | 'unreadable' | 'unclear' {
  if (kind === 'holder_unreadable') return 'unreadable';
  if (kind === 'names_no_run') return 'person';
  return kind === 'run_going_on' || kind === 'renewed_while_watched' || kind === 'renewed_at_last'
    ? 'alive'
    : 'unclear';
}

/** Why it is thought so; ends a sentence that names the lock. Other people's text in it is plain. Pure. */
export function describeVerdict(verdict: LockVerdict): string {
  if (verdict.kind === 'dead') return describeProof(verdict.proof);
  if (verdict.kind === 'frozen') {
    const over = verdict.isOver
      ? 'its freeze is over, and the next job takes its place; it was frozen'
      : 'frozen';
    return `${over} ${describeFreeze(verdict.freeze)}`;
  }
  if (verdict.kind === 'alive' && verdict.reason.kind === 'renewed_while_watched') {
    return 'its holder renewed it while we watched';
  }
  return describeNotStale(verdict.reason);
}
