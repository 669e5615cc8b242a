/** A time in ms since the epoch, as ISO 8601; records of other people may name one that no date can show. Pure. */
export function formatTime(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? 'an unknown time' : date.toISOString();
}
