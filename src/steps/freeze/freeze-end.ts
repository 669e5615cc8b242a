import { parseLongDuration } from '../../time/duration.ts';

/** When a freeze ends: at a time, in ms since the epoch, or a number of ms after it began. */
export type FreezeEnd =
  | { readonly kind: 'at'; readonly time: number }
  | { readonly kind: 'after'; readonly ms: number };

const DAY_MS = 86_400_000;

/** The longest freeze, because a forgotten one must end by itself. */
export const LONGEST_FREEZE_MS = 30 * DAY_MS;

const DATE = /^\d{4}-\d\d-\d\d$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;

/**
 * Parses the end of a freeze: a date (its start in UTC), a time with its zone (RFC 3339, seconds are optional), or a
 * duration in Terraform's syntax, with optional leading days (`3d`, `1d12h`). Undefined for anything else. Pure.
 */
export function parseFreezeEnd(text: string): FreezeEnd | undefined {
  if (DATE.test(text) || TIME.test(text)) return parseTime(text);
  return toEnd(parseLongDuration(text));
}

function toEnd(ms: number | undefined): FreezeEnd | undefined {
  return ms === undefined ? undefined : { kind: 'after', ms };
}

/** JavaScript parses February 30 as March 2. */
function parseTime(text: string): FreezeEnd | undefined {
  const time = Date.parse(text);
  const day = Date.parse(text.slice(0, 10));
  if (Number.isNaN(time) || Number.isNaN(day)) return undefined;
  const isReal = new Date(day).toISOString().startsWith(text.slice(0, 10));
  return isReal ? { kind: 'at', time } : undefined;
}

/** When the freeze ends, in ms since the epoch, if it begins `now`. Pure. */
export function endTime(end: FreezeEnd, now: number): number {
  return end.kind === 'at' ? end.time : now + end.ms;
}

/**
 * The problem with the end of a freeze that begins `now`, in the words of the fix; undefined when there is none. Pure.
 */
export function freezeEndProblem(end: FreezeEnd, now: number): string | undefined {
  const ms = endTime(end, now) - now;
  if (ms < 1_000) return 'it must be in the future';
  return ms > LONGEST_FREEZE_MS
    ? 'a freeze lasts at most 30 days: give an earlier end, and freeze again then'
    : undefined;
}
