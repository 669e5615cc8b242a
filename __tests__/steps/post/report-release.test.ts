import { expect, it } from 'vitest';
import { StateError } from '../../../src/backend/state-error.ts';
import { collectFailures } from '../../../src/steps/post/report-release.ts';
import { scope } from '../../job-state/scopes.ts';

const lost = new StateError({ reason: 'lock_lost', holder: undefined, write: 'not_sent' }, scope);
const end = { lock: { kind: 'failed' }, errors: [lost], isOvertaken: false } as const;
const push = {
  decision: { kind: 'unknown' },
  pushed: undefined,
  kept: undefined,
  digest: undefined,
} as const;

it('reports the failure of the push first, then that of the lock', () => {
  const error = new Error('the push');
  expect(collectFailures({ push: { ...push, error }, end })).toEqual([error, lost]);
  expect(collectFailures({ push: { ...push, error: undefined }, end })).toEqual([lost]);
  expect(collectFailures({ push: undefined, end: { ...end, errors: [], isOvertaken: false } })).toEqual([]);
});
