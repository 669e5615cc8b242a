import { expect, it } from 'vitest';
import { readSavedState } from '../../../src/job-state/saved-state.ts';
import { checkpointerEnvironment, type HeldState } from '../../../src/steps/main/start-checkpointer.ts';
import { readBackend } from '../../job-state/support.ts';

const held: HeldState = {
  session: {
    backend: readBackend().settings,
    mode: 'hold',
    pull: true,
    push: 'changed',
    publishOutputs: false,
    checkpointMs: 20_000,
    startedAt: 1,
    privateDirectory: '/tmp/runner/x',
    workingDirectory: undefined,
    stateDirectory: '/tmp/terraform-s3-state-x',
    module: undefined,
    lock: { id: 'id', info: '{"ID":"id"}', heartbeatMs: 20_000 },
  },
  times: { waitedMs: 0, heldSince: 5 },
  pulled: { state: undefined, etag: undefined, storedDigest: undefined },
};

it("a checkpointer gets main's environment, and what post will get; no inputs, and none of the runner's command files", () => {
  const env = checkpointerEnvironment(
    {
      AWS_PROFILE: 'deploy',
      RUNNER_TRACKING_ID: 'github_1',
      GITHUB_RUN_ID: '7',
      INPUT_BUCKET: 'b',
      INPUT_GITHUB_TOKEN: 't',
      STATE_session: 'of somebody else',
      GITHUB_OUTPUT: '/o',
      GITHUB_STATE: '/s',
      GITHUB_ENV: '/e',
      GITHUB_PATH: '/p',
      GITHUB_STEP_SUMMARY: '/m',
      ACTIONS_ID_TOKEN_REQUEST_URL: 'https://tokens.example.com',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 't',
    },
    held,
  );
  expect(Object.keys(env).sort()).toEqual([
    'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
    'ACTIONS_ID_TOKEN_REQUEST_URL',
    'AWS_PROFILE',
    'GITHUB_RUN_ID',
    'RUNNER_TRACKING_ID',
    'STATE_lock',
    'STATE_pulled',
    'STATE_session',
    'STATE_times',
  ]);
  expect(readSavedState(env)).toEqual({ ...held, lockStatus: 'held', checkpointerPid: undefined });
});
