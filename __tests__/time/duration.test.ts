import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAgo, formatDuration, parseDuration, parseLongDuration } from '../../src/time/duration.ts';

describe("durations in Terraform's (Go's) syntax", () => {
  it.each([
    ['0', 0],
    ['0s', 0],
    ['90s', 90_000],
    ['10m', 600_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['.5s', 500],
    ['5.s', 5_000],
    ['250ms', 250],
    ['1500us', 1.5],
    ['1500µs', 1.5],
    ['1500μs', 1.5],
    ['1m1s1ms', 61_001],
    ['1s1m', 61_000],
    ['00010s', 10_000],
  ])('%s is %d ms', (text, milliseconds) => {
    expect(parseDuration(text)).toBeCloseTo(milliseconds, 9);
  });

  it.each([
    '',
    ' ',
    '10',
    '1d',
    's',
    '.s',
    '1 m',
    '1m ',
    '-1s',
    '1e3s',
    '1,5h',
    '1.2.3s',
    '0x1s',
    'forever',
    '1M',
  ])('%j is no duration', (text) => expect(parseDuration(text)).toBeUndefined());

  it('adds up hours, minutes, seconds and milliseconds', () => {
    const part = fc.nat(10_000);
    fc.assert(
      fc.property(part, part, part, part, (h, m, s, ms) => {
        const total = h * 3_600_000 + m * 60_000 + s * 1_000 + ms;
        expect(parseDuration(`${h}h${m}m${s}s${ms}ms`)).toBe(total);
      }),
    );
  });

  it('returns only finite numbers of at least 0, or nothing', () => {
    const pieces = fc.constantFrom('h', 'm', 's', 'ms', 'us', 'ns', '1', '0', '.', '-', ' ', '99999999');
    fc.assert(
      fc.property(fc.array(pieces), (parts) => {
        const parsed = parseDuration(parts.join(''));
        if (parsed !== undefined) expect(Number.isFinite(parsed) && parsed >= 0).toBe(true);
      }),
    );
  });
});

describe('durations with days', () => {
  it.each([
    ['7d', 604_800_000],
    ['0d', 0],
    ['1d12h', 129_600_000],
    ['36h', 129_600_000],
    ['90m', 5_400_000],
  ])('%s', (text, milliseconds) => expect(parseLongDuration(text)).toBe(milliseconds));

  it.each(['', 'd', '1.5d', '12h1d', '-1d', '1d ', '1d1d', '1w', '123456d'])('%j is no duration', (text) =>
    expect(parseLongDuration(text)).toBeUndefined(),
  );
});

describe('durations as people read them', () => {
  it.each([
    [-5, '0s'],
    [0, '0s'],
    [499, '0s'],
    [500, '1s'],
    [4_000, '4s'],
    [59_999, '1m'],
    [720_000, '12m'],
    [754_000, '12m 34s'],
    [3_600_000, '1h'],
    [3_905_000, '1h 5m'],
    [3_605_000, '1h'],
    [266_400_000, '3d 2h'],
  ])('%d ms is shown as %s', (milliseconds, text) => expect(formatDuration(milliseconds)).toBe(text));

  it('the time since something is shown in the same way', () => {
    expect([61_000, 400, -5_000].map(formatAgo)).toEqual(['1m 1s ago', 'just now', 'just now']);
  });
});
