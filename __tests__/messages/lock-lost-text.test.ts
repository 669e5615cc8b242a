import { describe, expect, it } from 'vitest';
import type { DetailsOf } from '../../src/backend/state-error.ts';
import { explainStateError } from '../../src/messages/explain-state-error.ts';
import { missingLockText } from '../../src/messages/lock-lost-text.ts';
import { makeHolder, NOW, scope } from '../job-state/scopes.ts';

const holder = undefined;
type Loss = DetailsOf<'lock_lost' | 'push_in_doubt'>;
const LOSSES: readonly (readonly [string, Loss, string])[] = [
  [
    'before the push',
    { reason: 'lock_lost', holder, write: 'not_sent' },
    'This job lost the lock of b/k/app.tfstate, so nothing was pushed.',
  ],
  [
    'after a checkpoint',
    { reason: 'lock_lost', holder, write: 'checkpoint_only' },
    'This job lost the lock of b/k/app.tfstate, so what changed after its last checkpoint was not pushed.',
  ],
  [
    'during a push without an answer',
    { reason: 'lock_lost', holder, write: 'in_doubt' },
    'This job lost the lock of b/k/app.tfstate during a push that got no answer. Its state may still be stored in s3://b/k/app.tfstate.',
  ],
  [
    'during a push that was stored',
    { reason: 'lock_lost', holder, write: 'stored' },
    'This job lost the lock of b/k/app.tfstate during the push, but its state was stored in s3://b/k/app.tfstate.',
  ],
  [
    'and noticed at the release',
    { reason: 'push_in_doubt', holder },
    'This job lost the lock of b/k/app.tfstate during the push, but its state was stored in s3://b/k/app.tfstate.',
  ],
];

describe('a lock that the job lost', () => {
  it.each(LOSSES)('%s: the error says what S3 has of the job', (_, details, first) => {
    const lines = explainStateError(details, scope, NOW).split('\n');
    expect(lines[0]).toBe(first);
    expect(lines.at(-1)).toBe('Somebody freed it.');
  });

  it.each(LOSSES)('%s: the error names who holds it now', (_, details) => {
    const words = explainStateError({ ...details, holder: makeHolder() }, scope, NOW);
    expect(words).toContain('\nSomebody freed it, and now it is held by\n  ID:');
  });

  it('is a warning after a job that had nothing to push', () => {
    const lost = { lockPath: 'b/k', holder: undefined, isExpected: false };
    expect(missingLockText(lost, scope, NOW)).toBe('This job lost the lock of b/k. Somebody freed it.');
    expect(missingLockText({ ...lost, holder: makeHolder() }, scope, NOW)).toBe(
      'This job lost the lock of b/k. Somebody freed it, and now it is held by alice@laptop (OperationTypeApply) for 12m.',
    );
  });

  it('is no warning when the job may never have had the lock', () => {
    const never = { lockPath: 'b/k', holder: undefined, isExpected: true };
    expect(missingLockText(never, scope, NOW)).toBe(
      'This job does not hold the lock: nothing to release. It is free.',
    );
    expect(missingLockText({ ...never, holder: makeHolder() }, scope, NOW)).toBe(
      'This job does not hold the lock: nothing to release. Now it is held by alice@laptop (OperationTypeApply) for 12m.',
    );
  });
});
