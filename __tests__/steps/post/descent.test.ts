import { describe, expect, it } from 'vitest';
import type { StateInspection } from '../../../src/statefile/inspect.ts';
import { findBrokenDescent } from '../../../src/steps/post/descent.ts';
import { isLocalState, isUnpushed } from '../../../src/steps/post/stray-states.ts';

const pulled = { serial: 5n, lineage: 'l', md5: 'm', content: 'c5', isEmpty: false };

function inspection(serial: bigint, content = `c${serial}`, lineage = 'l', isEmpty = false): StateInspection {
  const header = { serial, lineage, terraformVersion: '1.11.4' };
  return { kind: 'state', header, content, isEmpty, resources: undefined };
}

describe('findBrokenDescent', () => {
  it.each([
    ['there was no state', undefined, inspection(1n)],
    ['there is no backup', pulled, undefined],
    ['it was made from the pulled state', pulled, inspection(5n)],
    ["it was made from the job's own change of that", pulled, inspection(6n)],
    ['the backup is of another state', pulled, inspection(1n, 'x', 'other')],
  ])('finds nothing when %s', (_, before, backup) => {
    expect(findBrokenDescent(before, backup)).toBeUndefined();
  });

  it.each([
    ['an older state', inspection(4n), { kind: 'made_from_older', origin: 4n, pulled: 5n }],
    ['another state of the same serial', inspection(5n, 'other'), { kind: 'made_from_other', serial: 5n }],
  ])('finds %s in the place of the pulled one', (_, backup, refusal) => {
    expect(findBrokenDescent(pulled, backup)).toEqual(refusal);
  });
});

describe('isUnpushed', () => {
  it.each([
    ['the same', inspection(5n), false, false],
    ['an ancestor', inspection(4n), false, false],
    ['a later one', inspection(6n), false, true],
    ['other content with the same serial', inspection(5n, 'other'), false, true],
    ["another module's", inspection(9n, 'x', 'other'), false, false],
    ["a new one at the local backend's path", inspection(1n, 'x', 'other'), true, true],
    ['one without resources', inspection(9n, 'x', 'l', true), true, false],
  ])('%s', (_, found, isLocal, unpushed) => {
    expect(isUnpushed({ inspection: found }, pulled, isLocal)).toBe(unpushed);
  });

  it("without a state in S3, finds only one at the local backend's path", () => {
    expect(isUnpushed({ inspection: inspection(1n) }, undefined, true)).toBe(true);
    expect(isUnpushed({ inspection: inspection(1n) }, undefined, false)).toBe(false);
  });
});

it.each([
  ['terraform.tfstate', true],
  ['terraform.tfstate.d/dev/terraform.tfstate', true],
  ['sub/terraform.tfstate', false],
  ['../terraform.tfstate', false],
  ['terraform.tfstate.d/terraform.tfstate', false],
])('the local backend has a state at %s: %s', (path, is) => {
  expect(isLocalState(path)).toBe(is);
});
