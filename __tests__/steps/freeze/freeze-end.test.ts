import { describe, expect, it } from 'vitest';
import { freezeEndProblem, parseFreezeEnd } from '../../../src/steps/freeze/freeze-end.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('the end of a freeze', () => {
  it.each([
    ['4h', { kind: 'after', ms: 4 * HOUR }],
    ['3d', { kind: 'after', ms: 3 * DAY }],
    ['1d12h30m', { kind: 'after', ms: DAY + 12.5 * HOUR }],
    ['90s', { kind: 'after', ms: 90_000 }],
    ['2026-01-24', { kind: 'at', time: Date.UTC(2026, 0, 24) }],
    ['2026-01-24T18:00Z', { kind: 'at', time: Date.UTC(2026, 0, 24, 18) }],
    ['2026-01-24T18:00:30+01:00', { kind: 'at', time: Date.UTC(2026, 0, 24, 17, 0, 30) }],
    ['2026-01-24T18:00:30.5Z', { kind: 'at', time: Date.UTC(2026, 0, 24, 18, 0, 30, 500) }],
  ])('is read from %s', (text, end) => {
    expect(parseFreezeEnd(text)).toEqual(end);
  });

  it.each([
    '',
    'tomorrow',
    '3',
    'd',
    '3 d',
    '-3d',
    '3d4',
    '2h3d',
    '2026-02-30',
    '2026-02-30T00:00:00Z',
    '2026-01-24T18:00',
    '2026-01-24 18:00Z',
    '24.12.2026',
    '2026-01-24T25:00Z',
  ])("can't be read from %j", (text) => {
    expect(parseFreezeEnd(text)).toBeUndefined();
  });

  it.each([
    ['now', { kind: 'at', time: NOW }, 'in the future'],
    ['in the past', { kind: 'at', time: NOW - HOUR }, 'in the future'],
    ['at once', { kind: 'after', ms: 0 }, 'in the future'],
    ['after one second', { kind: 'after', ms: 1_000 }, undefined],
    ['after 30 days', { kind: 'after', ms: 30 * DAY }, undefined],
    ['a moment later', { kind: 'at', time: NOW + 30 * DAY + 1 }, 'at most 30 days'],
  ] as const)('%s: %j', (_, end, problem) => {
    const found = freezeEndProblem(end, NOW);
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(problem);
  });
});
