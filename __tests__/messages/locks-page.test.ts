import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressOfObject } from '../../src/backend/address.ts';
import { parseLockHolder, serializeLockInfo } from '../../src/backend/records/lock-info.ts';
import { type LocksPage, renderLocks } from '../../src/messages/locks-page.ts';
import type { LockRow } from '../../src/messages/locks-text.ts';
import { lock, NOW } from '../job-state/scopes.ts';

const NOTHING = { lonelyDigests: [], rescueCopies: [], expiredPlans: [] };

function row(key: string, who = 'alice@laptop', kind: 'alive' | 'person' | 'dead' = 'person'): LockRow {
  const holder = parseLockHolder(serializeLockInfo({ ...lock, who }));
  const address = addressOfObject('b', 'default', key);
  const found = {
    address,
    stores: [{ store: 'file', holder, heartbeat: undefined, etag: undefined }],
  } as const;
  if (kind === 'dead') {
    return { found, status: { kind, proof: { endedMs: 3_600_000, stillMs: undefined } }, end: undefined };
  }
  const reason = kind === 'alive' ? ({ kind: 'run_going_on' } as const) : ({ kind: 'names_no_run' } as const);
  return { found, status: { kind, reason }, end: undefined };
}

function page(rows: readonly LockRow[], change: Partial<LocksPage> = {}): LocksPage {
  const pages = { githubServer: 'https://github.com' };
  return {
    where: 's3://b/',
    rows,
    moreLocks: 0,
    remnants: NOTHING,
    unreadPlans: 0,
    pages,
    now: NOW,
    ...change,
  };
}

describe('the page of locks', () => {
  it('lists first those that need attention', () => {
    const text = renderLocks(page([row('a', 'a', 'alive'), row('b'), row('c', 'c', 'dead')]), 60_000);
    const order = [...text.matchAll(/<tr><td><code>(\w)<\/code><br>/g)].map(([, key]) => key);
    expect(order).toEqual(['c', 'b', 'a']);
    expect(text).toContain('Terraform locks: 3 locks');
    expect(text).toContain('💀 dead: 1');
  });

  it.each([
    [1, '<br>table, 1 beat, every 20s</td>'],
    [2, '<br>table, 2 beats, every 20s</td>'],
    [undefined, '<br>table</td>'],
  ])('counts the beats of a heartbeat: %s', (beats, cell) => {
    const { found, status, end } = row('a');
    const heartbeat = beats === undefined ? undefined : { beats, intervalMs: 20_000 };
    const [{ holder }] = found.stores;
    const stores = [{ store: 'item', holder, item: {}, heartbeat }] as const;
    const beating = { ...found, stores } as const;
    expect(renderLocks(page([{ found: beating, status, end }]), 60_000)).toContain(cell);
  });

  it("shows other people's text as plain text, whatever it is", () => {
    const hostile =
      '</code></td></table>\n\n# @everyone <img src=x onerror=alert(1)> [x](https://evil.example)';
    const text = renderLocks(page([row(hostile, hostile)]), 60_000);
    expect(text).not.toContain('<img');
    expect(text).not.toContain('</table>\n\n#');
    const outsideOfCode = text.replaceAll(/<code>[^<]*<\/code>/g, '');
    expect(outsideOfCode).not.toMatch(/@everyone|evil/);
  });

  it('stays within its room, whatever the number and names of locks and remnants', () => {
    const name = fc.string({ unit: fc.constantFrom('&', '"', 'a', '\n'), minLength: 300, maxLength: 300 });
    fc.assert(
      fc.property(
        name,
        fc.integer({ min: 0, max: 400 }),
        fc.integer({ min: 0, max: 400 }),
        (text, locks, left) => {
          const rows = Array.from({ length: locks }, (_, i) => row(`${i}${text}`, text));
          const names = Array.from({ length: left }, (_, i) => `${i}${text}`);
          const copies = names.map((key) => ({
            objectKey: key,
            copy: { key, size: 1, modifiedAt: NOW, etag: undefined },
          }));
          const remnants = { ...NOTHING, lonelyDigests: names, rescueCopies: copies };
          expect(renderLocks(page(rows, { remnants }), 65_000).length).toBeLessThanOrEqual(65_000);
        },
      ),
      { numRuns: 15 },
    );
  });

  it('says how many it omits', () => {
    const rows = Array.from({ length: 500 }, (_, i) => row(`state-${i}`));
    expect(renderLocks(page(rows, { moreLocks: 7 }), 20_000)).toMatch(/And \d+ more\./);
  });
});
