const HOUR_MS = 3_600_000;

const UNIT_MS: Readonly<Record<string, number>> = {
  h: HOUR_MS,
  m: 60_000,
  s: 1_000,
  ms: 1,
  us: 0.001,
  µs: 0.001,
  μs: 0.001,
  ns: 0.000_001,
};

const DURATION = /^(?:(?:\d+\.?\d*|\.\d+)(?:h|ms|m|s|us|µs|μs|ns))+$/;
const PART = /(\d+\.?\d*|\.\d+)(h|ms|m|s|us|µs|μs|ns)/g;

/**
 * Milliseconds of a duration in Terraform's (Go's) syntax: `0`, `90s`, `10m`, `1h30m`, `1.5h`.
 * Returns `undefined` for anything else, negative durations included.
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (!DURATION.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(PART)) {
    total += Number(amount) * (UNIT_MS[unit ?? ''] ?? Number.NaN);
  }
  return Number.isFinite(total) ? total : undefined;
}

/** The same with optional leading days, which Go's syntax lacks: `7d`, `1d12h`. */
export function parseLongDuration(text: string): number | undefined {
  const [, days, rest = ''] = /^(?:(\d{1,5})d)?(.*)$/s.exec(text) ?? [];
  if (days === undefined) return parseDuration(text);
  const below = rest === '' ? 0 : parseDuration(rest);
  return below === undefined ? undefined : Number(days) * 24 * HOUR_MS + below;
}

/** A duration in milliseconds in a readable form, to the second: `4s`, `12m`, `1h 5m`, `3d 2h`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  if (first === -1) return '0s';
  const shown = parts.slice(first, first + 2).filter(([amount]) => amount > 0);
  return shown.map(([amount, unit]) => `${amount}${unit}`).join(' ');
}

/** How long ago something was, from the milliseconds since then: `12m ago`, `just now`. Pure. */
export function formatAgo(milliseconds: number): string {
  const passed = formatDuration(milliseconds);
  return passed === '0s' ? 'just now' : `${passed} ago`;
}

/** A duration in milliseconds in the whole seconds that outputs have. Pure. */
export function toWholeSeconds(milliseconds: number): number {
  return Math.round(milliseconds / 1000);
}
