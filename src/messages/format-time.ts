/** A time in ms since the epoch for an output, as ISO 8601; null when it is not known. Pure. */
export function toIsoTime(milliseconds: number | undefined): string | null {
  return milliseconds === undefined ? null : new Date(milliseconds).toISOString();
}

/** A time in ms since the epoch, as ISO 8601. Other people's records may contain one that no date can represent. Pure. */
export function formatTime(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? 'an unknown time' : date.toISOString();
}
