import { describe, expect, it } from 'vitest';
import { toAwsError } from '../../../src/aws/errors.ts';
import { parseLockHolder } from '../../../src/backend/records/lock-info.ts';
import { StateError } from '../../../src/backend/state-error.ts';
import { InputError } from '../../../src/inputs/input-error.ts';
import { LockedError } from '../../../src/messages/locked-text.ts';
import { toReasonCode } from '../../../src/messages/to-reason-code.ts';
import { Interrupted } from '../../../src/runner/interrupt.ts';
import type { Progress } from '../../../src/steps/main/holding.ts';
import {
  describeEnd,
  describeHoldFailure,
  describeStatesEnd,
  type HeldState,
} from '../../../src/steps/main/report-result.ts';
import { makeHolder, scope } from '../../job-state/scopes.ts';

const HOLDER = parseLockHolder(
  '{"ID":"lock-9","Operation":"OperationTypeApply","Info":"https://github.com/acme/infra/actions/runs/9/attempts/1","Who":"bob@laptop","Version":"1.11.4","Created":"2026-11-23T00:00:00Z","Path":"p"}',
);

const NOTHING: Progress = { broken: [], waitedMs: undefined };

function awsError(name: string, status: number) {
  const context = { api: 's3:GetObject', resource: 's3://b/k', principal: undefined };
  const scope = {
    region: 'eu-central-1',
    endpoint: undefined,
    identity: undefined,
    attempts: 1,
    aborted: false,
    now: 0,
  };
  const cause = Object.assign(new Error(name), { name, $metadata: { httpStatusCode: status } });
  return toAwsError(cause, { ...context, ...scope });
}

describe('the reason code of an error', () => {
  const lost = new StateError({ reason: 'lock_lost', holder: undefined, write: 'not_sent' }, scope);

  it.each([
    [new InputError([{ input: 'key', value: undefined, fix: 'give it' }]), 'invalid_input'],
    [lost, 'lock_lost'],
    [
      new LockedError({ reason: 'lock_held', holder: HOLDER, waitedMs: 0, finding: undefined }, scope),
      'lock_held',
    ],
    [awsError('AccessDenied', 403), 'access_denied'],
    [awsError('NoSuchBucket', 404), 'no_such_bucket'],
    [awsError('InternalError', 500), 'aws_unavailable'],
    [awsError('PreconditionFailed', 412), 'aws_error'],
    [new Interrupted('SIGINT'), 'cancelled'],
    [new TypeError('a bug of ours'), 'internal_error'],
    [new AggregateError([awsError('AccessDenied', 403), lost]), 'access_denied'],
  ])('%s: %s', (error, reason) => {
    expect(toReasonCode(error)).toBe(reason);
  });
});

describe('the result of a failure', () => {
  it('names the holder of the lock and the time waited', () => {
    const details = { reason: 'lock_timeout', holder: HOLDER, waitedMs: 61_400, finding: undefined } as const;
    const failure = describeHoldFailure(new LockedError(details, scope), NOTHING, scope);
    expect(failure.code).toBe('lock_timeout');
    expect(failure.details).toEqual({
      state: {
        bucket: scope.address.bucket,
        key: scope.address.objectKey,
        workspace: scope.address.workspace,
      },
      waited_seconds: 61,
      holder: {
        id: 'lock-9',
        who: 'bob@laptop',
        operation: 'OperationTypeApply',
        path: 'p',
        version: '1.11.4',
        info: 'https://github.com/acme/infra/actions/runs/9/attempts/1',
        created: '2026-11-23T00:00:00Z',
        run_url: 'https://github.com/acme/infra/actions/runs/9/attempts/1',
        stale: null,
      },
    });
  });

  it('names whose lock was taken over before it', () => {
    const broken = [{ store: 'file', holder: HOLDER, heartbeat: undefined, etag: undefined }] as const;
    const { details } = describeHoldFailure(awsError('AccessDenied', 403), { ...NOTHING, broken }, scope);
    expect(details).toMatchObject({ took_over: { id: 'lock-9' } });
  });

  it('names each input that has a problem, once', () => {
    const problem = { input: 'key', value: '/', fix: 'x' };
    const failure = describeHoldFailure(new InputError([problem, problem]), NOTHING, scope);
    expect(failure).toMatchObject({ code: 'invalid_input', details: { inputs: ['key'] } });
  });

  it("shows control characters of the holder's text, and passes none on", () => {
    const evil = 'a\u001b[2J\n\u009bb';
    const info = 'https://github.com/\u009bx/actions/runs/1';
    const holder = makeHolder({ id: evil, who: evil, operation: evil, info });
    const details = { reason: 'lock_held', holder, waitedMs: 0, finding: undefined } as const;
    const failure = describeHoldFailure(new LockedError(details, scope), NOTHING, scope);
    const shown = 'a\\u001b[2J\\u000a\\u009bb';
    const runUrl = 'https://github.com/\\u009bx/actions/runs/1';
    expect(failure.details.holder).toMatchObject({
      id: shown,
      who: shown,
      operation: shown,
      run_url: runUrl,
    });
  });
});

describe('how long the step waited for its locks', () => {
  const held: HeldState = {
    address: scope.address,
    code: 'held',
    lockId: 'lock-1',
    times: { waitedMs: 61_400, heldSince: 0 },
    broken: [],
    fingerprint: undefined,
  };
  const locked = { reason: 'lock_timeout', holder: HOLDER, waitedMs: 61_400, finding: undefined } as const;
  const freeze = { until: 0, reason: '', by: '', runUrl: undefined };
  const frozen = { reason: 'frozen', holder: makeHolder(), freeze, leftMs: 1, waitedMs: 61_400 } as const;
  const later = { ...held, name: 'later', outputs: {} };
  const earlier = { ...later, name: 'earlier', times: { waitedMs: 1_000, heldSince: 0 } };

  it.each([
    ['held', describeEnd(held, scope)],
    ['several states', describeStatesEnd([later, earlier], scope)],
    ['lock_timeout', describeHoldFailure(new LockedError(locked, scope), NOTHING, scope)],
    ['frozen', describeHoldFailure(new StateError(frozen, scope), NOTHING, scope)],
    [
      'a failure under the lock',
      describeHoldFailure(awsError('AccessDenied', 403), { ...NOTHING, waitedMs: 61_400 }, scope),
    ],
  ])('is in result at one path (%s)', (_, { details }) => {
    expect(details).toMatchObject({ waited_seconds: 61 });
  });

  it('is not in result without a lock', () => {
    const { details } = describeEnd({ ...held, lockId: undefined, times: undefined }, scope);
    expect(details).not.toHaveProperty('waited_seconds');
    expect(describeHoldFailure(awsError('AccessDenied', 403), NOTHING, scope).details).not.toHaveProperty(
      'waited_seconds',
    );
  });

  it('is also with the lock of each state', () => {
    expect(describeEnd(held, scope).details).toMatchObject({ lock: { id: 'lock-1', waited_seconds: 61 } });
    expect(describeStatesEnd([earlier, later], scope).details).toMatchObject({
      states: [{ lock: { waited_seconds: 1 } }, { lock: { waited_seconds: 61 } }],
    });
  });
});
