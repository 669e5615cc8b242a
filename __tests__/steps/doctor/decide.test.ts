import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLockHolder } from '../../../src/backend/records/lock-info.ts';
import {
  advice,
  CHECK_NAMES,
  type Check,
  failed,
  isHealthy,
  notChecked,
  ok,
} from '../../../src/messages/doctor-checks.ts';
import { failureText, renderSummary, tableLines } from '../../../src/messages/doctor-table.ts';
import { decideIdentity } from '../../../src/steps/doctor/decide-identity.ts';
import { decidePermissions } from '../../../src/steps/doctor/decide-permissions.ts';
import { decideEncryption, decideSetup } from '../../../src/steps/doctor/decide-setup.ts';
import { decideState } from '../../../src/steps/doctor/decide-state.ts';
import type { Answer, SetupFindings, StateFindings, Subject } from '../../../src/steps/doctor/findings.ts';
import { scope } from '../../job-state/scopes.ts';

const answered = <Value>(value: Value): Answer<Value> => ({ kind: 'answered', value });
const unanswered = { kind: 'unasked', reason: 'no_lock_file' } as const;

const SUBJECT: Subject = {
  scope: scope,
  use: 'hold',
  caller: 'arn:aws:iam::1:role/r',
  runUrl: '',
  now: 0,
  objects: { encrypt: false, kmsKeyId: undefined, customerKey: undefined },
  hasWebIdentity: false,
  hasAccountRule: false,
  assumesRole: false,
};
const SETUP: SetupFindings = {
  bucket: answered({ region: scope.region, refusal: undefined }),
  versioning: answered('Enabled'),
  encryption: answered({ algorithm: 'AES256', kmsKeyId: undefined, blocksCustomerKeys: false }),
  openAccess: answered([]),
  table: answered({
    status: 'ACTIVE',
    keys: [{ name: 'LockID', type: 'S', role: 'partition' }],
    looseReplicas: [],
  }),
};
const STATE: StateFindings = {
  state: answered({ serial: '7' }),
  digest: answered({ kind: 'valid', md5: 'a'.repeat(32), next: undefined, stored: 'a'.repeat(32) }),
  lockItem: answered(undefined),
  lockFile: unanswered,
  probes: [],
};

const readResult = (checks: readonly Check[], name: string) => checks.find((check) => check.name === name);

describe('what the doctor decides', () => {
  it('only what would break a job makes it unhealthy', () => {
    const harmless = [ok('state', ''), advice('versioning', '', ''), notChecked('table', '')];
    expect(isHealthy(harmless)).toBe(true);
    expect(isHealthy([...harmless, failed('lock', '')])).toBe(false);
  });

  it("trusts a store that doesn't name its regions", () => {
    const bucket = answered({ region: undefined, refusal: undefined });
    expect(decideSetup({ ...SETUP, bucket }, STATE, SUBJECT)[0]).toMatchObject({ result: 'ok' });
  });

  it('warns about a global table whose Regions may disagree on a lock, which breaks no job that stays in one', () => {
    const keys = [{ name: 'LockID', type: 'S', role: 'partition' }] as const;
    const table = answered({ status: 'ACTIVE', keys, looseReplicas: ['eu-west-1', 'us-east-1'] });
    const check = readResult(decideSetup({ ...SETUP, table }, STATE, SUBJECT), 'table');
    expect(check).toMatchObject({
      result: 'advice',
      found: expect.stringContaining('global table with eventual consistency (eu-west-1, us-east-1)'),
      fix: expect.stringContaining('the same Region'),
    });
  });

  it('suggests no create-table for a table of another account or region, since that would create one here', () => {
    const keys = [{ name: 'ID', type: 'S', role: 'partition' }] as const;
    const decided = (table: string) => {
      const subject = { ...SUBJECT, scope: { ...scope, table, region: 'eu-west-1' } };
      const wrong = answered({ status: 'ACTIVE', keys, looseReplicas: [] });
      return readResult(decideSetup({ ...SETUP, table: wrong }, STATE, subject), 'table');
    };
    const ofAccount = (account: string, region = 'eu-west-1') =>
      decided(`arn:aws:dynamodb:${region}:${account}:table/locks`)?.command;
    expect(ofAccount('1')).toContain('create-table');
    expect(decided('locks')?.command).toContain('create-table');
    expect([ofAccount('2'), ofAccount('1', 'us-east-1')]).toEqual([undefined, undefined]);
  });

  it("a table that isn't ACTIVE breaks a job, but one that is being updated doesn't", () => {
    const keys = [{ name: 'LockID', type: 'S', role: 'partition' }] as const;
    const decided = (status: string) =>
      readResult(
        decideSetup({ ...SETUP, table: answered({ status, keys, looseReplicas: [] }) }, STATE, SUBJECT),
        'table',
      )?.result;
    expect([decided('UPDATING'), decided('DELETING')]).toEqual(['ok', 'failed']);
  });

  it("doesn't check the KMS key for new states, which S3 uses only when one is stored", () => {
    const encryption = answered({ algorithm: 'aws:kms', kmsKeyId: 'k', blocksCustomerKeys: false });
    const byBucket = decidePermissions({ ...SETUP, encryption }, STATE, SUBJECT);
    expect(readResult(byBucket, 'permissions_hold')).toMatchObject({
      result: 'not_checked',
      found: expect.stringContaining('kms:GenerateDataKey'),
    });
    const objects = { encrypt: true, kmsKeyId: undefined, customerKey: undefined };
    const byState = decidePermissions({ ...SETUP, encryption }, STATE, { ...SUBJECT, objects });
    expect(readResult(byState, 'permissions_hold')).toMatchObject({ result: 'ok' });
  });

  it("names a job's own token, and doesn't fail a job that assumes a role when its caller is unknown", () => {
    const identity = {
      signIn: answered(undefined),
      caller: { kind: 'failed', error: new Error('no') },
    } as const;
    const byRole = { ...SUBJECT, hasWebIdentity: true, assumesRole: true };
    expect(decideIdentity(identity, byRole)).toMatchObject([
      { result: 'ok', found: "the role was assumed by the job's own token" },
      { result: 'not_checked' },
    ]);
    expect(decideIdentity(identity, SUBJECT)).toMatchObject([{ result: 'ok' }, { result: 'failed' }]);
  });

  it("keeps other people's text on one line in the log, the error and the summary", () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (who, info) => {
        const fields = { ID: who, Operation: who, Info: info, Who: who, Version: '1', Path: 'p' };
        const raw = JSON.stringify({ ...fields, Created: '2026-01-02T03:04:05Z' });
        const lock = { store: 'item', holder: parseLockHolder(raw), heartbeat: undefined, item: {} } as const;
        const checks = decideState({ ...STATE, lockItem: answered(lock) }, SUBJECT);
        const lines = tableLines(checks);
        expect(lines).toHaveLength(4);
        const texts = [...lines, ...(failureText(checks, 'hold', scope) ?? '').split('\n')];
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones
        for (const line of texts) expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
        expect(renderSummary(checks, scope).split('\n')).toHaveLength(16);
      }),
    );
  });
});

describe('the table', () => {
  it('has a line for each check, and the fix below it', () => {
    const lines = tableLines([
      ok('bucket', 'there'),
      failed('lock', 'held', 'wait'),
      advice('digest', 'none', 'push'),
    ]);
    expect(lines).toEqual([
      '✓ Bucket, region    there',
      '✗ Lock              held',
      '                    → wait',
      '⚠ Digest            none',
      '                    → push',
    ]);
  });

  it('of the summary escapes HTML and renders backticks as code', () => {
    const summary = renderSummary([failed('lock', '<b>', 'set `a<b`')], scope);
    expect(summary).toContain('### ❌ Terraform state: not healthy');
    expect(summary).toContain('<td>✗</td><td>Lock</td><td>&lt;b&gt;</td>');
    expect(summary).toContain('#### What to do\n\n<p><strong>Lock</strong>: set <code>a&lt;b</code></p>');
    expect(renderSummary([ok('lock', 'free')], scope)).not.toContain('What to do');
    const run = 'https://github.com/acme/infra/actions/runs/9/attempts/1';
    expect(renderSummary([failed('lock', `held by <b>, ${run}`)], scope)).toContain(
      `held by &lt;b&gt;, <a href="${run}">${run}</a></td>`,
    );
    expect(renderSummary([failed('table', 'none', undefined, "aws '<x>'")], scope)).toContain(
      "<p><strong>Table</strong></p>\n<pre>aws '&lt;x&gt;'</pre>",
    );
  });

  it('the error names what would break such a job, and nothing else', () => {
    const checks = CHECK_NAMES.map((name, i) =>
      i === 3 ? failed(name, 'gone', 'find it') : ok(name, 'fine'),
    );
    expect(failureText(checks, 'outputs', scope)).toBe(
      'A job that reads the outputs of b/k/app.tfstate would fail:\n✗ Bucket, region: gone → find it',
    );
    expect(failureText([], 'hold', scope)).toBeUndefined();
  });

  it('a bucket that blocks SSE-C is reported when the settings use SSE-C', () => {
    const encryption = answered({ algorithm: 'AES256', kmsKeyId: undefined, blocksCustomerKeys: true });
    expect(decideEncryption({ encryption }, SUBJECT).result).toBe('ok');
    const scope = { ...SUBJECT.scope, underCustomerKey: true };
    const check = decideEncryption({ encryption }, { ...SUBJECT, scope });
    expect(check).toMatchObject({ result: 'failed', found: expect.stringContaining('blocks SSE-C') });
  });
});
