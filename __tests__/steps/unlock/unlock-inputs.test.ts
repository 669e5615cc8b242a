import { describe, expect, it } from 'vitest';
import { readUnlockInputs } from '../../../src/steps/unlock/unlock-inputs.ts';
import { inputSources, leastInputs } from '../../job-state/support.ts';

function read(inputs: Record<string, string>, env: Record<string, string> = {}) {
  return readUnlockInputs(inputSources({ ...leastInputs, ...inputs }, env));
}

function findProblems(inputs: Record<string, string>): unknown {
  try {
    return read(inputs);
  } catch (error) {
    return error;
  }
}

const github_token = 'ghs_1';

describe('what may be freed', () => {
  it('is the lock with an id', () => {
    expect(read({ lock_id: 'x', only_if_stale: 'false', force: 'false' }).mode).toEqual({
      kind: 'lock_id',
      lockId: 'x',
    });
  });

  it('is any lock, with force only', () => {
    expect(read({ force: 'true' }).mode).toEqual({ kind: 'force' });
  });

  it('is a stale lock, according to our own GitHub server, after 15 minutes', () => {
    const github = { serverUrl: 'https://github.com', apiUrl: 'https://api.github.com', token: 'ghs_1' };
    const mode = { kind: 'only_if_stale', staleAfterMs: 900_000, github };
    expect(read({ only_if_stale: 'true', github_token }).mode).toEqual(mode);
    const server = { GITHUB_SERVER_URL: 'https://ghe', GITHUB_API_URL: 'https://ghe/api/v3' };
    expect(read({ only_if_stale: 'true', github_token, stale_after: '90s' }, server).mode).toEqual({
      kind: 'only_if_stale',
      staleAfterMs: 90_000,
      github: { serverUrl: 'https://ghe', apiUrl: 'https://ghe/api/v3', token: 'ghs_1' },
    });
  });

  it.each([
    [{}, 'and force: true'],
    [{ force: 'false' }, 'and force: true'],
    [{ lock_id: 'x', force: 'true' }, 'here are lock_id, force'],
    [{ lock_id: 'x', only_if_stale: 'true', github_token }, 'here are lock_id, only_if_stale'],
    [{ only_if_stale: 'true', force: 'true', github_token }, 'here are only_if_stale, force'],
  ])('is decided by exactly one input, not by %j', (inputs, fix) => {
    expect(findProblems(inputs)).toMatchObject({
      problems: [{ input: 'lock_id', fix: expect.stringContaining(fix) }],
    });
  });

  it('all problems are reported at once', () => {
    const inputs = {
      dynamodb_table: '',
      bucket: '',
      only_if_stale: 'true',
      stale_after: 'soon',
      force: 'yes',
    };
    const names = ['bucket', 'dynamodb_table', 'force', 'stale_after', 'github_token'];
    expect(findProblems(inputs)).toMatchObject({ problems: names.map((input) => ({ input })) });
  });
});
