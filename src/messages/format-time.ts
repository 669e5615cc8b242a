/** A time in ms since the epoch, as ISO 8601. Other people's records may contain one that no date can represent. Pure. */
export function formatTime(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? 'an unknown time' : date.toISOString();
}
