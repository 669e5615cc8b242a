import { expect, it } from 'vitest';
import { failuresOf } from '../../../src/action/release/report-release.ts';
import { StateError } from '../../../src/backend/faults.ts';
import { place } from '../places.ts';

const lost = new StateError({ reason: 'lock_lost', holder: undefined }, place);
const end = { lock: { kind: 'failed' }, errors: [lost] } as const;
const push = {
  decision: { kind: 'unknown' },
  pushed: undefined,
  kept: undefined,
  digest: undefined,
} as const;

it("the failures of a release are the push's, then the lock's", () => {
  const error = new Error('the push');
  expect(failuresOf({ push: { ...push, error }, end })).toEqual([error, lost]);
  expect(failuresOf({ push: { ...push, error: undefined }, end })).toEqual([lost]);
  expect(failuresOf({ push: undefined, end: { ...end, errors: [] } })).toEqual([]);
});
