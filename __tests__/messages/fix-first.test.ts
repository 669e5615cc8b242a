import { describe, expect, it } from 'vitest';
import type { FoundLock } from '../../src/backend/lock/lock-store.ts';
import type { StateErrorDetails } from '../../src/backend/state-error.ts';
import { explainStateError } from '../../src/messages/explain-state-error.ts';
import { stuckText } from '../../src/messages/lock-cleanup-text.ts';
import type { LockEnd } from '../../src/messages/unlock-outcome.ts';
import { explainUnlock } from '../../src/messages/unlock-text.ts';
import { makeHolder, NOW, scope } from '../job-state/scopes.ts';

const MD5 = '0123456789abcdef0123456789abcdef';
const holder = makeHolder();
const info = holder.raw ?? '';
const where = { ...scope, useLockfile: true };
const lock: FoundLock = { store: 'file', holder, heartbeat: undefined, etag: undefined };
const writer = {
  run: 'https://github.com/acme/infra/actions/runs/9/attempts/1',
  actor: 'bob',
  lockId: 'x',
  md5: MD5,
};
const mismatch = {
  reason: 'digest_mismatch',
  calculated: MD5,
  stored: `${MD5}f`,
  announced: undefined,
} as const;
const unsure = { calculated: MD5, stored: undefined, cause: undefined } as const;
const rollback = { reason: 'rollback_failed', stays: 'file', holder, info, cause: undefined } as const;

/** The line of a lock's holder, or of a checksum. */
const DETAIL = /^ {2}(?:ID|Who|Calculated checksum|MD5 of [^:]*): /m;

describe('an error says what to do before it shows details', () => {
  it.each<[string, StateErrorDetails, RegExp]>([
    [
      'a digest that does not match',
      { ...mismatch, written: undefined },
      /try again in a minute.*\n {2}aws dynamodb put-item/,
    ],
    [
      'a digest that was announced',
      { ...mismatch, announced: MD5, written: writer },
      /repairs this by itself.*\n {2}aws dynamodb put-item/,
    ],
    [
      'a digest of another writer',
      { ...mismatch, written: writer },
      /look at the versions of the object.*\n {2}aws dynamodb put-item/,
    ],
    [
      'a digest that was not written',
      { reason: 'digest_not_written', ...unsure },
      /Repair it with\n {2}aws dynamodb put-item/,
    ],
    [
      'a checkpoint in doubt',
      { reason: 'checkpoint_unsure', ...unsure },
      /Repair it only if .*\n {2}aws dynamodb put-item/,
    ],
    [
      'a lock that was not released',
      { reason: 'release_failed', info, cause: undefined },
      /Free it with\n {2}terraform force-unlock/,
    ],
    [
      'a lock that may be ours',
      { reason: 'release_unsure', info, cause: undefined },
      /If it is there, free it with\n {2}terraform/,
    ],
    ['a lock in one of two stores', { ...rollback, freed: false }, /Remove it with\n {2}held=/],
    ['a lock in one of two stores that was removed', { ...rollback, freed: true }, /Run the job again/],
    ['a stale lock that stays', { reason: 'takeover_refused', holder }, /Free it with\n {2}held=/],
    [
      'a lock that was lost during a push',
      { reason: 'lock_lost', holder, write: 'in_doubt' },
      /Look at the state before anybody applies/,
    ],
    [
      'a lock that was lost after a push',
      { reason: 'lock_lost', holder, write: 'stored' },
      /Check whether the state still has the change/,
    ],
  ])('about %s', (_, details, fix) => {
    const text = explainStateError(details, where, NOW);
    expect(text).toMatch(fix);
    expect(text.search(DETAIL)).toBeGreaterThan(text.search(fix));
    expect(text.match(DETAIL)).not.toBeNull();
  });

  it('about a lock that lock: guard could not free', () => {
    const text = stuckText(where, holder, { kind: 'others_run' }, NOW);
    expect(text.search(DETAIL)).toBeGreaterThan(
      text.search(/If nobody works under it, free it with\n {2}terraform/),
    );
  });

  it.each<[string, LockEnd, RegExp]>([
    ['a freeze', { code: 'frozen', lock }, /Thaw the state/],
    [
      'a freeze that is no stale lock',
      { code: 'not_stale', lock, reason: { kind: 'frozen' } },
      /Thaw the state/,
    ],
    [
      'a lock without a run',
      { code: 'not_stale', lock, reason: { kind: 'names_no_run' } },
      /If its holder is gone for good, give lock_id/,
    ],
    [
      'a lock whose delete failed',
      { lock, error: new Error('denied') },
      /If it is still there, free it with\n {2}held=/,
    ],
  ])('about %s that unlock/ left', (_, end, fix) => {
    const text = explainUnlock([end], where, NOW);
    expect(text).toMatch(fix);
    expect(text.search(DETAIL)).toBeGreaterThan(text.search(fix));
    // The commands name the holder, too.
    if (!('error' in end)) expect(text.match(/alice@laptop/g)).toHaveLength(1);
  });
});
