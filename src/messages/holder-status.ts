import { type Freeze, isPastEnd, parseFreeze } from '../backend/records/freeze.ts';
import type { FoundStateLock } from '../backend/survey/survey-locks.ts';
import { describeFreeze } from './freeze-text.ts';
import { describeNotStale, describeProof, type NotStaleReason, type StaleProof } from './not-stale-text.ts';

/** What is known about a lock's holder, with the evidence. */
export type HolderStatus =
  | { readonly kind: 'dead'; readonly proof: StaleProof }
  | { readonly kind: 'frozen'; readonly freeze: Freeze; readonly isOver: boolean }
  /** `alive`: its run is in progress. `person`: it names no run. `unclear`: nothing shows which. */
  | { readonly kind: 'alive' | 'person' | 'unreadable' | 'unclear'; readonly reason: NotStaleReason };

/** A lock with what is known about its holder. */
export interface AssessedLock {
  readonly found: FoundStateLock;
  readonly status: HolderStatus;
}

/** In order of urgency. */
export const HOLDER_STATUSES = [
  'dead',
  'unreadable',
  'unclear',
  'person',
  'frozen',
  'alive',
] as const satisfies readonly HolderStatus['kind'][];

/** What is known about the holder of a lock that is not proven stale. `storeNow`: ms since the epoch by the store's clock. Pure. */
export function statusWithoutProof(
  { stores: [{ holder }] }: FoundStateLock,
  reason: NotStaleReason,
  storeNow: number,
): HolderStatus {
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

/** The reason for a status; ends a sentence that names the lock. Other people's text in it is plain. Pure. */
export function describeHolderStatus(status: HolderStatus): string {
  if (status.kind === 'dead') return describeProof(status.proof);
  if (status.kind === 'frozen') {
    const over = status.isOver
      ? 'its freeze is over, and the next job will take it over; it was frozen'
      : 'frozen';
    return `${over} ${describeFreeze(status.freeze)}`;
  }
  if (status.kind === 'alive' && status.reason.kind === 'renewed_while_watched') {
    return 'its holder sent a heartbeat while the action watched';
  }
  return describeNotStale(status.reason);
}
