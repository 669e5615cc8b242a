import { describe, expect, it } from 'vitest';
import type { DownloadedState } from '../../src/backend/state/state-object.ts';
import { fingerprint, isFingerprint, NO_STATE } from '../../src/job-state/state-fingerprint.ts';
import type { StateHeader } from '../../src/statefile/inspect.ts';
import { readFacts } from './state-texts.ts';

const state: DownloadedState = {
  facts: readFacts({ serial: 7 }),
  versionId: undefined,
  etag: '"x"',
  lastModified: undefined,
  provenance: undefined,
};
const header: StateHeader = { serial: 18446744073709551615n, lineage: 'a-b', terraformVersion: '1.11.4' };

describe('the fingerprint of a state', () => {
  it('differs for another lineage, serial or MD5, and is otherwise the same', () => {
    const other = { ...state, facts: readFacts({ serial: 8 }) };
    const all = [
      fingerprint(state, header),
      fingerprint(other, header),
      fingerprint(state, { ...header, serial: 7n }),
      fingerprint(state, { ...header, lineage: 'a' }),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(fingerprint({ ...state }, { ...header })).toBe(all[0]);
  });

  it('contains nothing that the mask of a path, a name or a short text would hide', () => {
    for (const lineage of ['/home/runner/work', 'production', '0f8fad5b-d9cb-469f-a165-70867728950e']) {
      expect(fingerprint(state, { ...header, lineage })).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  it('is its own word when there is no state', () => {
    expect(fingerprint(undefined, undefined)).toBe(NO_STATE);
  });

  it('is recognised, even of a state without lineage or with a slash in it', () => {
    expect(isFingerprint(NO_STATE)).toBe(true);
    for (const lineage of ['', 'a/b', 'ü']) {
      expect(isFingerprint(fingerprint(state, { ...header, lineage }))).toBe(true);
    }
    expect(isFingerprint(`a/7/${state.facts.md5}`)).toBe(false);
  });
});
