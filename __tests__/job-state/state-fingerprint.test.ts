import { describe, expect, it } from 'vitest';
import type { DownloadedState } from '../../src/backend/state/state-object.ts';
import { fingerprint, isFingerprint, NO_STATE } from '../../src/job-state/state-fingerprint.ts';
import type { StateHeader } from '../../src/statefile/inspect.ts';
import { factsOf } from './state-texts.ts';

const state: DownloadedState = {
  facts: factsOf({ serial: 7 }),
  versionId: undefined,
  etag: '"x"',
  lastModified: undefined,
  provenance: undefined,
};
const header: StateHeader = { serial: 18446744073709551615n, lineage: 'a-b', terraformVersion: '1.11.4' };

describe('the fingerprint of a state', () => {
  it('is lineage, serial and MD5 in one string', () => {
    expect(fingerprint(state, header)).toBe(`a-b/18446744073709551615/${state.facts.md5}`);
  });

  it('is a word of its own when there is no state', () => {
    expect(fingerprint(undefined, undefined)).toBe(NO_STATE);
  });

  it('is recognised, even of a state without lineage or with a slash in it', () => {
    expect(isFingerprint(NO_STATE)).toBe(true);
    for (const lineage of ['', 'a/b', 'ü']) {
      expect(isFingerprint(fingerprint(state, { ...header, lineage }))).toBe(true);
    }
    expect(isFingerprint(`a/7/${state.facts.md5}x`)).toBe(false);
  });
});
