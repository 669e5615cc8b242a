import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  nameLockStores,
  parseProvenance,
  provenanceMetadata,
} from '../../../src/backend/records/provenance.ts';

const provenance = {
  run: 'https://github.com/acme/infra/actions/runs/1/attempts/2',
  actor: 'alice',
  lockId: 'eaa41826-e2ca-bf32-14f3-1feeea8a0f1a',
  md5: 'd41d8cd98f00b204e9800998ecf8427e',
};

describe('the provenance of a state object', () => {
  it('is stored as user metadata', () => {
    expect(provenanceMetadata(provenance)).toEqual({
      'terraform-s3-state-run': provenance.run,
      'terraform-s3-state-actor': 'alice',
      'terraform-s3-state-lock-id': provenance.lockId,
      'terraform-s3-state-md5': provenance.md5,
    });
  });

  it('survives as a header, whatever the names are', () => {
    const text = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(text, text, text, (run, actor, lockId) => {
        const metadata = provenanceMetadata({ ...provenance, run, actor, lockId });
        for (const value of Object.values(metadata)) expect(value).toMatch(/^[\x20-\x7e]*$/);
        expect(parseProvenance(metadata)).toEqual({ ...provenance, run, actor, lockId });
      }),
    );
  });

  it('is unknown for an object of another client', () => {
    expect(parseProvenance(undefined)).toBeUndefined();
    expect(parseProvenance({})).toBeUndefined();
    const { 'terraform-s3-state-md5': _, ...rest } = provenanceMetadata(provenance);
    expect(parseProvenance(rest)).toBeUndefined();
  });

  it.each([
    [{ table: 'locks', useLockfile: true }, 'file item'],
    [{ table: 'locks', useLockfile: false }, 'item'],
    [{ table: undefined, useLockfile: true }, 'file'],
  ])('says where the lock was: %j', (settings, text) => {
    const lockStores = nameLockStores(settings);
    const metadata = provenanceMetadata({ ...provenance, lockStores });
    expect(metadata['terraform-s3-state-lock-stores']).toBe(text);
    expect(parseProvenance(metadata)).toEqual({ ...provenance, lockStores });
  });

  it.each(['', 'table', 'items'])('says nothing of the lock where %j is stored as its place', (text) => {
    const metadata = { ...provenanceMetadata(provenance), 'terraform-s3-state-lock-stores': text };
    expect(parseProvenance(metadata)).toEqual(provenance);
  });

  it('names the commit of the run, and takes no other text for one', () => {
    const commit = '6dcb09b5b57875f334f61aebed695e2e4193db5e';
    const metadata = provenanceMetadata({ ...provenance, commit });
    expect(metadata['terraform-s3-state-commit']).toBe(commit);
    expect(parseProvenance(metadata)).toEqual({ ...provenance, commit });
    for (const text of ['', 'main', commit.slice(1), `${commit}..main`]) {
      const forged = { ...metadata, 'terraform-s3-state-commit': text };
      expect(parseProvenance(forged)).toEqual(provenance);
    }
  });

  it('is shown verbatim when somebody else wrote an invalid encoding', () => {
    const metadata = { ...provenanceMetadata(provenance), 'terraform-s3-state-actor': '100%' };
    expect(parseProvenance(metadata)?.actor).toBe('100%');
  });
});
