/**
 * A time in ms since the epoch for readers: ISO 8601 in UTC, to the second. Other people's records may contain one that
 * no date can represent. Pure.
 */
export function formatTime(milliseconds: number): string {
  return toIsoTime(milliseconds) ?? 'an unknown time';
}

/** The same for an output; null when the time is not known. Pure. */
export function toIsoTime(milliseconds: number | undefined): string | null {
  if (milliseconds === undefined) return null;
  const date = new Date(Math.floor(milliseconds / 1000) * 1000);
  return Number.isNaN(date.getTime()) ? null : date.toISOString().replace('.000Z', 'Z');
}
