import { describe, expect, it } from 'vitest';
import { decidePush, type PushSide } from '../../src/statefile/push-rules.ts';

const side = (fields: Partial<PushSide> = {}): PushSide => ({
  serial: 5n,
  lineage: 'one',
  md5: 'pulled',
  content: 'pulled',
  isEmpty: false,
  ...fields,
});
const changed = (fields: Partial<PushSide> = {}) => side({ md5: 'changed', content: 'changed', ...fields });
const decide = (before: PushSide | undefined, after: PushSide) => {
  const decision = decidePush({ before, after });
  if (decision.push) return 'push';
  return decision.reason === 'refused' ? decision.refusal.kind : decision.reason;
};

describe('the rules of a push', () => {
  it.each([
    ['remote missing', undefined, changed(), 'push'],
    ['remote missing, serial 0 and no lineage', undefined, changed({ serial: 0n, lineage: '' }), 'push'],
    [
      'remote without outputs and resources, other lineage',
      side({ isEmpty: true }),
      changed({ lineage: 'two' }),
      'push',
    ],
    [
      'remote without outputs and resources, older serial',
      side({ isEmpty: true }),
      changed({ serial: 1n }),
      'push',
    ],
    ['remote without lineage', side({ lineage: '' }), changed({ serial: 1n }), 'push'],
    ['other lineage', side(), changed({ lineage: 'two', serial: 9n }), 'lineage_differs'],
    ['same lineage, serial newer', side(), changed({ serial: 6n }), 'push'],
    ['same lineage and serial, content equal', side(), changed({ content: 'pulled' }), 'unchanged'],
    ['same lineage and serial, content different', side(), changed(), 'serial_equal_content_differs'],
    ['same lineage, serial older', side(), changed({ serial: 4n }), 'serial_older'],
  ] as const)('%s', (_, before, after, expected) => {
    expect(decide(before, after)).toBe(expected);
  });

  it('the same bytes are no change, whatever else is known', () => {
    expect(decide(side(), side())).toBe('unchanged');
    expect(decide(side({ isEmpty: true }), side({ isEmpty: true }))).toBe('unchanged');
  });

  it('★ a state that lost its lineage does not replace one that has it', () => {
    expect(decide(side(), changed({ lineage: '', serial: 0n }))).toBe('lineage_differs');
    expect(decide(side(), changed({ lineage: '', serial: 9n }))).toBe('lineage_differs');
  });

  it('★ two states without lineage are compared by their serials', () => {
    const before = side({ lineage: '' });
    expect(decide(before, changed({ lineage: '', serial: 6n }))).toBe('push');
    expect(decide(before, changed({ lineage: '', serial: 4n }))).toBe('serial_older');
    expect(decide(before, changed({ lineage: '' }))).toBe('serial_equal_content_differs');
  });

  it('an empty state that only looks different is no change', () => {
    const before = side({ isEmpty: true });
    expect(decide(before, changed({ isEmpty: true }))).toBe('unchanged');
    expect(decide(before, changed({ isEmpty: true, serial: 6n }))).toBe('push');
    expect(decide(before, changed())).toBe('push');
  });

  it('serials are compared beyond 2^53', () => {
    const serial = 2n ** 53n;
    expect(decide(side({ serial }), changed({ serial: serial + 1n }))).toBe('push');
    expect(decide(side({ serial: serial + 1n }), changed({ serial }))).toBe('serial_older');
  });

  it('a refusal names both sides', () => {
    expect(decidePush({ before: side(), after: changed({ serial: 4n }) })).toMatchObject({
      refusal: { kind: 'serial_older', before: 5n, after: 4n },
    });
    expect(decidePush({ before: side(), after: changed({ lineage: 'two' }) })).toMatchObject({
      refusal: { kind: 'lineage_differs', before: 'one', after: 'two' },
    });
  });
});
