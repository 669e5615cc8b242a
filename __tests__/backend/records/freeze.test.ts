import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideFreeze } from '../../../src/backend/lock/decide-freeze.ts';
import { type Freeze, freezeFields, parseFreeze } from '../../../src/backend/records/freeze.ts';
import { makeHolder, NOW } from '../../job-state/scopes.ts';

const RUN = 'https://github.com/acme/infra/actions/runs/123/attempts/2';
const HOUR = 3_600_000;
const freeze: Freeze = { until: NOW, reason: 'release week', by: 'octocat@acme/infra', runUrl: RUN };

describe('a freeze in the lock info', () => {
  it('says until when, why, by whom and how to end it, in the fields that terraform prints', () => {
    expect(freezeFields(freeze)).toEqual({
      operation: 'freeze until 2026-01-02T03:04:05Z',
      who: 'octocat@acme/infra',
      info: `${RUN} froze this state: release week (to end it earlier, use the freeze action with command: thaw)`,
    });
  });

  it('survives a round trip whatever its reason says, with its end rounded up to the second', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(`x froze this state: y (to end it earlier, no)`, RUN, '(', ' ', ''),
    );
    fc.assert(
      fc.property(texts, texts, fc.nat(30 * 24 * HOUR), fc.boolean(), (reason, by, ms, hasRun) => {
        const given = { until: NOW + ms, reason, by, runUrl: hasRun ? RUN : undefined };
        const holder = makeHolder(freezeFields(given));
        // Invalid Unicode comes back as Go writes it.
        const expected = { reason: reason.toWellFormed(), by: by.toWellFormed(), runUrl: given.runUrl };
        expect(parseFreeze(holder)).toEqual({ ...expected, until: Math.ceil(given.until / 1000) * 1000 });
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    'OperationTypeApply',
    'freeze',
    'freeze until tomorrow',
    'freeze until 2026-13-01T00:00:00Z',
    'freeze until 2026-01-01',
    ' freeze until 2026-01-02T03:04:05Z',
  ])('a lock whose operation is %j is no freeze', (operation) => {
    expect(parseFreeze(makeHolder({ operation }))).toBeUndefined();
  });

  it('that another tool wrote has its whole info as the reason', () => {
    const holder = makeHolder({ operation: freezeFields(freeze).operation, info: 'hands off' });
    expect(parseFreeze(holder)).toMatchObject({ reason: 'hands off', runUrl: undefined });
  });
});

describe('a freeze that blocks a job', () => {
  const lock = {
    store: 'file',
    holder: makeHolder(freezeFields(freeze)),
    heartbeat: undefined,
    etag: '"e"',
  } as const;

  it.each([
    ['long before its end', -30 * 24 * HOUR, { kind: 'frozen', until: 5_000 + 30 * 24 * HOUR }],
    ['right before', -1, { kind: 'frozen', until: 5_001 }],
    ['at its end', 0, { kind: 'stale' }],
    ['after it', HOUR, { kind: 'stale' }],
  ])('%s by the store’s clock', (_, ms, decision) => {
    expect(decideFreeze(lock, { storeNow: NOW + ms, monotonicNow: 5_000 })).toEqual(decision);
  });

  it("doesn't exist when the lock is an ordinary lock", () => {
    expect(
      decideFreeze({ ...lock, holder: makeHolder() }, { storeNow: NOW, monotonicNow: 0 }),
    ).toBeUndefined();
  });
});
