import { describe, expect, it } from 'vitest';
import { NOTHING_GIVEN } from '../../../src/runner/inputs.ts';
import { readFreezeInputs } from '../../../src/steps/freeze/freeze-inputs.ts';
import { NOW } from '../../job-state/scopes.ts';
import { findProblems, inputSources } from '../../job-state/support.ts';

const ROLE = 'arn:aws:iam::123456789012:role/freezer';
const least = { bucket: 'b', region: 'eu-west-1', dynamodb_table: 'locks' };
const toFreeze = { ...least, key: 'app.tfstate', command: 'freeze', until: '4h', reason: 'release' };

function read(inputs: Record<string, string>, given = NOTHING_GIVEN) {
  return readFreezeInputs({ ...inputSources(inputs), given }, NOW);
}

const listProblems = (inputs: Record<string, string>) =>
  findProblems(() => read(inputs)).map(({ input, value, fix }) => `${input} ${value}: ${fix}`);

describe('the inputs of freeze', () => {
  it('say until when and why to freeze, and how long to wait', () => {
    const { command, addresses, prefixes } = read({ ...toFreeze, lock_timeout: '10m' });
    expect(command).toEqual({
      kind: 'freeze',
      end: { kind: 'after', ms: 14_400_000 },
      reason: 'release',
      lockTimeoutMs: 600_000,
    });
    expect(addresses.map(({ lockPath }) => lockPath)).toEqual(['b/app.tfstate']);
    expect(prefixes).toEqual([]);
  });

  it('put a reason of several lines on one line of the lock info', () => {
    const { command } = read({ ...toFreeze, reason: 'release\n\n  week\u0007' });
    expect(command).toMatchObject({ reason: 'release week' });
  });

  it.each(['thaw', 'show'])('%s needs no reason or end, and ignores them', (command) => {
    const { key, ...where } = { ...least, key: 'app.tfstate' };
    expect(read({ ...where, key, command }).command).toEqual({ kind: command });
    expect(read({ ...toFreeze, command, until: 'whenever', reason: '' }).command).toEqual({ kind: command });
  });

  it('keys names states and prefixes, each in its workspace, and replaces the backend block’s key', () => {
    const keys = 'net/app.tfstate\n apps/ \nteam=apps/ workspace=dev\na,b.tfstate';
    const given = {
      ...NOTHING_GIVEN,
      settings: new Map([['key', { text: 'other', from: 'main.tf:1', isQuotable: true }]]),
    };
    const { addresses, prefixes } = read({ ...toFreeze, key: '', keys, workspace: 'prod' }, given);
    expect(addresses.map(({ lockPath }) => lockPath)).toEqual([
      'b/env:/prod/net/app.tfstate',
      'b/env:/prod/a,b.tfstate',
    ]);
    expect(prefixes).toEqual(['env:/prod/apps/', 'env:/dev/apps/']);
  });

  it.each([
    [{ command: '' }, 'command undefined: say what to do: freeze, thaw or show'],
    [{ command: 'melt' }, 'command melt: use freeze, thaw or show'],
    [{ until: '' }, 'until undefined: give a date (2026-12-24)'],
    [{ until: 'soon' }, 'until soon: give a date (2026-12-24)'],
    [{ until: '31d' }, 'until 31d: a freeze lasts at most 30 days'],
    [{ until: '2020-01-01' }, 'until 2020-01-01: it must be in the future'],
    [{ reason: '' }, 'reason undefined: say why'],
    [{ reason: 'x'.repeat(501) }, 'use at most 500 characters'],
    [{ key: '' }, 'key undefined: give the path'],
    [{ keys: 'other.tfstate' }, 'key app.tfstate: each line of keys has its own key'],
    [{ key: '', keys: '/app.tfstate' }, 'keys /app.tfstate: must not start or end with "/"'],
    [{ key: '', keys: 'a//' }, 'keys a//: must not contain "//"'],
    [{ key: '', keys: 'a/\nb=a/' }, 'keys b=a/: it is the state of a/'],
    [{ key: '', keys: 'a.tfstate\nb.tflock' }, 'keys b.tflock: must not end in ".tflock"'],
    [{ dynamodb_table: '' }, 'dynamodb_table undefined: name the table'],
    [{ lock_timeout: 'long' }, 'lock_timeout long: use a duration'],
  ])('%j: the error names the problem', (change, problem) => {
    const problems = listProblems({ ...toFreeze, ...change });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  it('all problems are reported at once', () => {
    expect(listProblems({ command: 'freeze', keys: '/a\n/b' }).length).toBeGreaterThanOrEqual(6);
  });

  it.each([
    ['freeze', ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem']],
    ['thaw', ['dynamodb:GetItem', 'dynamodb:DeleteItem']],
    ['show', ['dynamodb:GetItem']],
  ])('%s narrows the session of a role to the locks of these states', (command, actions) => {
    const { backend, warnings } = read({
      ...toFreeze,
      command,
      role_arn: ROLE,
      key: '',
      keys: 'x.tfstate\napps/',
    });
    const { policy } = backend.aws.credentials.webIdentity ?? backend.aws.credentials.assumeRole ?? {};
    const { Statement } = JSON.parse(policy ?? '{}');
    expect(Statement[0]).toMatchObject({ Action: ['s3:ListBucket'], Resource: 'arn:aws:s3:::b' });
    expect(Statement[1]).toMatchObject({
      Action: actions,
      Condition: {
        'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['b/x.tfstate', 'b/apps/*.tfstate'] },
      },
    });
    expect(warnings.filter((warning) => warning.startsWith('session_policy'))).toEqual([]);
  });
});
