import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkpointerEnvironment,
  checkpointerHandOver,
  type HeldState,
  readHandOver,
} from '../../src/job-processes/checkpointer-hand-over.ts';
import { readSavedState } from '../../src/job-state/saved-state.ts';
import { makeSession } from '../job-state/support.ts';

const held: HeldState = {
  session: makeSession({
    checkpointMs: 20_000,
    lock: { id: 'id', info: '{"ID":"id"}', heartbeatMs: 20_000 },
  }),
  times: { waitedMs: 0, heldSince: 5 },
  pulled: { state: undefined, etag: undefined, storedDigest: undefined },
};

const ENV = {
  PATH: '/bin',
  HOME: '/home/runner',
  RUNNER_TRACKING_ID: 'github_1',
  NODE_COMPILE_CACHE: '/compiled',
  NODE_EXTRA_CA_CERTS: '/ca.pem',
  AWS_PROFILE: 'deploy',
  AWS_SECRET_ACCESS_KEY: 's3cret',
  VAULT_TOKEN: 'v',
  HTTPS_PROXY: 'http://u:p@proxy',
  GITHUB_RUN_ID: '7',
  GITHUB_TOKEN: 'ghs',
  INPUT_BUCKET: 'b',
  INPUT_SECRET_KEY: 'k',
  GITHUB_OUTPUT: '/o',
  GITHUB_STATE: '/s',
  GITHUB_ENV: '/e',
  GITHUB_PATH: '/p',
  GITHUB_STEP_SUMMARY: '/m',
  STATE_session: 'of somebody else',
  ACTIONS_ID_TOKEN_REQUEST_URL: 'https://tokens.example.com',
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 't',
  ACTIONS_RUNTIME_TOKEN: 'r',
  ACTIONS_RUNTIME_URL: 'u',
  ACTIONS_CACHE_URL: 'c',
  ACTIONS_RESULTS_URL: 'x',
};

describe('what a checkpointer receives', () => {
  it('in its visible environment is only what its program needs to run', () => {
    expect(Object.keys(checkpointerEnvironment(ENV)).sort()).toEqual([
      'HOME',
      'MALLOC_ARENA_MAX',
      'MALLOC_MMAP_THRESHOLD_',
      'NODE_COMPILE_CACHE',
      'NODE_EXTRA_CA_CERTS',
      'PATH',
      'RUNNER_TRACKING_ID',
    ]);
  });

  it("in its visible environment are the C library's limits for a small heap, whatever the job sets", () => {
    const limits = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '32768' };
    expect(checkpointerEnvironment(limits)).toEqual(limits);
    expect(checkpointerEnvironment({ MALLOC_ARENA_MAX: '8', MALLOC_TOP_PAD_: '1' })).toEqual(limits);
  });

  it('over the pipe is the source of its credentials and what post will get, without inputs and the rights of an action', () => {
    const given = readHandOver(checkpointerHandOver(ENV, held));
    expect(Object.keys(given).sort()).toEqual([
      'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
      'ACTIONS_ID_TOKEN_REQUEST_URL',
      'AWS_PROFILE',
      'AWS_SECRET_ACCESS_KEY',
      'GITHUB_RUN_ID',
      'GITHUB_TOKEN',
      'HOME',
      'HTTPS_PROXY',
      'NODE_COMPILE_CACHE',
      'NODE_EXTRA_CA_CERTS',
      'PATH',
      'RUNNER_TRACKING_ID',
      'STATE_lock',
      'STATE_pulled',
      'STATE_session',
      'STATE_times',
      'VAULT_TOKEN',
    ]);
    const saved = {
      ...held,
      lockStatus: 'held',
      checkpointerPid: undefined,
      hostNames: undefined,
      isQueued: false,
    };
    expect(readSavedState(given)).toEqual(saved);
  });

  it('is nothing when main was killed before it wrote', () => {
    expect(readHandOver('')).toEqual({});
  });

  it('has no runner variable for actions where others can read it, whatever its name', () => {
    const name = fc.stringMatching(/^(?:ACTIONS|AWS|INPUT|STATE|GITHUB|TF_VAR)_[A-Z_]{1,12}$/);
    fc.assert(
      fc.property(name, (any) => {
        expect(checkpointerEnvironment({ [any]: 'x' })).toEqual(checkpointerEnvironment({}));
      }),
    );
  });
});
