import { formatTime } from '../../time/format-time.ts';
import type { LockHolder, LockInfo } from './lock-info.ts';

/** A lock that outlives its job until a date, according to its lock info (docs/protocol.md#freeze). */
export interface Freeze {
  /** Its end, in ms since the epoch by the store's clock. */
  readonly until: number;
  readonly reason: string;
  /** Who froze it, and in which repository. */
  readonly by: string;
  /** The page of the run that froze the state; undefined when there is none. */
  readonly runUrl: string | undefined;
}

/** The fields of the lock info that describe a freeze. Terraform prints them in its own lock error. */
export type FreezeFields = Pick<LockInfo, 'operation' | 'info' | 'who'>;

const OPERATION = /^freeze until (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$/;
const NO_RUN = 'Somebody';
const HINT = '(to end it earlier, use the freeze action with command: thaw)';
const INFO = /^(\S+) froze this state: (.*) \(to end it earlier, [^()]*\)$/s;

/** The fields of a freeze's lock info; `reason` is one line, and `until` is rounded up to the second. Pure. */
export function freezeFields({ until, reason, by, runUrl }: Freeze): FreezeFields {
  return {
    operation: `freeze until ${formatFreezeEnd(until)}`,
    info: `${runUrl ?? NO_RUN} froze this state: ${reason} ${HINT}`,
    who: by,
  };
}

/** The freeze in a lock; undefined when the lock is not a freeze. The texts are other people's. Pure. */
export function parseFreeze(holder: LockHolder | undefined): Freeze | undefined {
  if (holder?.info === undefined) return undefined;
  const { operation, info, who } = holder.info;
  const until = Date.parse(OPERATION.exec(operation)?.[1] ?? '');
  if (Number.isNaN(until)) return undefined;
  const [, run, reason] = INFO.exec(info) ?? [];
  const runUrl = run === undefined || run === NO_RUN ? undefined : run;
  return { until, reason: reason ?? info, by: who, runUrl };
}

/** Whether a freeze is past its end. `storeNow`: ms since the epoch by the store's clock. Pure. */
export function isPastEnd({ until }: Freeze, storeNow: number): boolean {
  return storeNow >= until;
}

/** When a freeze ends, in ms since the epoch, as its lock says it: rounded up to the second. Pure. */
export function formatFreezeEnd(until: number): string {
  return formatTime(Math.ceil(until / 1000) * 1000);
}
