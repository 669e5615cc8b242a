import { describe, expect, it } from 'vitest';
import { toAwsError } from '../../../src/aws/errors.ts';
import { parseLockHolder } from '../../../src/backend/lock/lock-info.ts';
import { StateError } from '../../../src/backend/state-error.ts';
import { InputError } from '../../../src/inputs/hold-inputs.ts';
import { LockedError } from '../../../src/messages/locked-error.ts';
import { toReasonCode } from '../../../src/messages/reason-code.ts';
import { Interrupted } from '../../../src/runner/interrupt.ts';
import { actionsRunner } from '../../../src/runner/runner.ts';
import { type Progress, reportResult } from '../../../src/steps/main/report-result.ts';
import { holderOf, scope } from '../../job-state/scopes.ts';

const HOLDER = parseLockHolder(
  '{"ID":"lock-9","Operation":"OperationTypeApply","Info":"https://github.com/acme/infra/actions/runs/9/attempts/1","Who":"bob@laptop","Version":"1.11.4","Created":"2026-11-23T00:00:00Z","Path":"p"}',
);

function awsError(name: string, status: number) {
  const context = { api: 's3:GetObject', resource: 's3://b/k', principal: undefined };
  const place = {
    region: 'eu-central-1',
    endpoint: undefined,
    identity: undefined,
    attempts: 1,
    aborted: false,
    now: 0,
  };
  const cause = Object.assign(new Error(name), { name, $metadata: { httpStatusCode: status } });
  return toAwsError(cause, { ...context, ...place });
}

/** The outputs that a story leaves behind. */
async function outputsOf(story: (progress: Progress) => Promise<never>): Promise<Record<string, string>> {
  const outputs: Record<string, string> = {};
  const output = (name: string, value: string): void => {
    outputs[name] = value;
  };
  const runner = { ...actionsRunner, output };
  await expect(reportResult(runner, scope, story)).rejects.toBeDefined();
  return outputs;
}

describe('the reason code of an error', () => {
  const lost = new StateError({ reason: 'lock_lost', holder: undefined }, scope);

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
    [new TypeError('a slip of ours'), 'internal_error'],
    [new AggregateError([awsError('AccessDenied', 403), lost]), 'access_denied'],
  ])('%s: %s', (error, reason) => {
    expect(toReasonCode(error)).toBe(reason);
  });
});

describe('the result of a failure', () => {
  it('names the holder of the lock and the time waited', async () => {
    const details = { reason: 'lock_timeout', holder: HOLDER, waitedMs: 61_400, finding: undefined } as const;
    const { reason_code, result } = await outputsOf(() => Promise.reject(new LockedError(details, scope)));
    expect(reason_code).toBe('lock_timeout');
    expect(JSON.parse(result ?? '')).toEqual({
      schema_version: 1,
      ok: false,
      reason_code: 'lock_timeout',
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

  it('names whose lock was taken over before it', async () => {
    const { result } = await outputsOf((progress) => {
      progress.broken = [{ store: 'file', holder: HOLDER, heartbeat: undefined, etag: undefined }];
      return Promise.reject(awsError('AccessDenied', 403));
    });
    expect(JSON.parse(result ?? '')).toMatchObject({ ok: false, took_over: { id: 'lock-9' } });
  });

  it('names each input that has a problem, once', async () => {
    const problem = { input: 'key', value: '/', fix: 'x' };
    const { result } = await outputsOf(() => Promise.reject(new InputError([problem, problem])));
    expect(JSON.parse(result ?? '')).toMatchObject({ reason_code: 'invalid_input', inputs: ['key'] });
  });

  it("shows control characters of the holder's text, and passes none on", async () => {
    const evil = 'a\u001b[2J\n\u009bb';
    const info = 'https://github.com/\u009bx/actions/runs/1';
    const holder = holderOf({ id: evil, who: evil, operation: evil, info });
    const details = { reason: 'lock_held', holder, waitedMs: 0, finding: undefined } as const;
    const { result } = await outputsOf(() => Promise.reject(new LockedError(details, scope)));
    const shown = 'a\\u001b[2J\\u000a\\u009bb';
    expect(JSON.parse(result ?? '').holder).toMatchObject({ id: shown, who: shown, operation: shown });
    expect(JSON.parse(result ?? '').holder.run_url).toBe('https://github.com/\\u009bx/actions/runs/1');
  });
});
