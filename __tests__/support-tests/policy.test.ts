import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chooseTrust } from '../../scripts/policy/choose-trust.ts';
import { printPolicy } from '../../scripts/policy/print-policy.ts';
import { allowedBy } from '../support/iam.ts';

const ROOT = join(import.meta.dirname, '../..');
const GUIDE = readFileSync(join(ROOT, 'docs/least-privilege.md'), 'utf8');

const policy = (...args: string[]): string => printPolicy(args);

/** The same by the script. */
function runScript(...args: string[]): string {
  return execFileSync(process.execPath, ['scripts/policy.ts', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: 'pipe',
  });
}

const SCOPE = ['--bucket', 'states', '--key', 'app.tfstate', '--region', 'eu-west-1', '--account', '1'];
const TABLE = ['--dynamodb-table', 'locks'];

describe('npm run policy', () => {
  it('prints the policy that the guide shows', () => {
    const [, shown = ''] = /```json\n(.*?)```/s.exec(GUIDE) ?? [];
    const where = ['--bucket', 'BUCKET', '--key', 'KEY', '--region', 'REGION', '--account', 'ACCOUNT'];
    const key = ['--kms-key-id', 'arn:aws:kms:REGION:ACCOUNT:key/ID'];
    const all = ['--dynamodb-table', 'TABLE', '--use-lockfile', ...key, '--for', 'hold'];
    expect(JSON.parse(policy(...where, ...all))).toEqual(JSON.parse(shown));
  });

  it("runs the guide's example: policies for each use, for the doctor, and a trust policy", () => {
    const command = /```sh\nnpm run policy -- (.*?)```/s.exec(GUIDE)?.[1] ?? '';
    const printed = runScript(...command.replaceAll('\\\n', ' ').trim().split(/\s+/));
    const names = [...printed.matchAll(/^# (\w+): /gm)].map(([, name]) => name);
    expect(names).toEqual([
      'hold',
      'pull',
      'plan',
      'apply',
      'publish',
      'outputs',
      'compare',
      'check',
      'published',
      'unlock',
      'free',
      'lock',
      'freeze',
      'workspace_list',
      'workspace_new',
      'workspace_delete',
      'history_read',
      'history_restore',
      'doctor',
      'trust',
    ]);
    for (const json of printed.split(/^# .*\n/m).slice(1)) {
      expect(JSON.parse(json)).toMatchObject({ Version: '2012-10-17' });
    }
    expect(printed).toContain('env:/production/network/terraform.tfstate');
    expect(printed).toContain('repo:my-org/my-repo:environment:production');
  });

  it('allows, with several keys, each state of a step that holds them together, and nothing else', () => {
    const text = policy(...SCOPE, ...TABLE, '--key', 'net.tfstate', '--for', 'hold');
    const put = (key: string) => ({
      action: 's3:PutObject',
      resource: `arn:aws:s3:::states/${key}`,
      context: {},
    });
    const isAllowed = (key: string) => allowedBy(text, put(key)).length > 0;
    expect(['app.tfstate', 'net.tfstate', 'other.tfstate'].map(isAllowed)).toEqual([true, true, false]);
  });

  it('allows, for all workspaces, the lock of any of them, and nothing else', () => {
    const text = policy(...SCOPE, ...TABLE, '--workspace', '*', '--for', 'hold');
    const lock = (key: string) => ({
      action: 'dynamodb:PutItem',
      resource: 'arn:aws:dynamodb:eu-west-1:1:table/locks',
      context: { 'dynamodb:LeadingKeys': [key] },
    });
    expect(allowedBy(text, lock('states/env:/dev/app.tfstate'))).toHaveLength(1);
    expect(allowedBy(text, lock('states/env:/dev/app.tfstate-md5'))).toHaveLength(1);
    expect(allowedBy(text, lock('states/app.tfstate'))).toEqual([]);
    expect(allowedBy(text, lock('states/env:/dev/other.tfstate'))).toEqual([]);
  });

  it('a key that ends in / is a prefix, whose states a role may freeze', () => {
    const where = ['--bucket', 'states', '--key', 'apps/', '--region', 'eu-west-1', '--account', '1'];
    const text = policy(...where, ...TABLE, '--use-lockfile', '--for', 'freeze');
    const lock = (key: string) => ({
      action: 'dynamodb:PutItem',
      resource: 'arn:aws:dynamodb:eu-west-1:1:table/locks',
      context: { 'dynamodb:LeadingKeys': [key] },
    });
    const object = (action: string, key: string) => ({
      action,
      resource: `arn:aws:s3:::states${key}`,
      context: {},
    });
    expect(allowedBy(text, lock('states/apps/x/a.tfstate'))).toHaveLength(1);
    expect(allowedBy(text, object('s3:PutObject', '/apps/a.tfstate.tflock'))).toHaveLength(1);
    expect(allowedBy(text, object('s3:ListBucket', ''))).toHaveLength(1);
    expect(allowedBy(text, lock('states/net/a.tfstate'))).toEqual([]);
    expect(allowedBy(text, object('s3:GetObject', '/apps/a.tfstate'))).toEqual([]);
  });

  it('a key that ends in / is a prefix for the locks below it, too, and / alone the whole bucket', () => {
    const where = ['--bucket', 'states', '--key', '/', '--region', 'eu-west-1', '--account', '1', ...TABLE];
    const [, looks = '', frees = ''] = policy(...where).split(/^# .*\n/m);
    const object = (action: string, key: string) => ({
      action,
      resource: `arn:aws:s3:::states${key}`,
      context: {},
    });
    expect(allowedBy(looks, object('s3:GetObject', '/net/a.tfstate.tflock'))).toHaveLength(1);
    expect(allowedBy(looks, object('s3:GetObject', '/net/a.tfstate'))).toEqual([]);
    expect(allowedBy(looks, object('s3:DeleteObject', '/net/a.tfstate.tflock'))).toEqual([]);
    expect(allowedBy(frees, object('s3:DeleteObject', '/net/a.tfstate.tflock'))).toHaveLength(1);
    expect(allowedBy(frees, object('s3:DeleteObject', '/net/a.tfstate'))).toEqual([]);
  });

  it('prints a trust policy with both subjects when the ids are given', () => {
    const ids = ['--repository-id', '11', '--owner-id', '22', '--branch', 'release'];
    const trust = JSON.parse(policy(...SCOPE, '--repository', 'acme/infra', ...ids, '--for', 'trust'));
    const issuer = 'token.actions.githubusercontent.com';
    expect(trust.Statement[0].Condition.StringEquals).toEqual({
      [`${issuer}:aud`]: 'sts.amazonaws.com',
      [`${issuer}:sub`]: [
        'repo:acme/infra:ref:refs/heads/release',
        'repo:acme@22/infra@11:ref:refs/heads/release',
      ],
    });
    expect(trust.Statement[0].Principal.Federated).toBe(`arn:aws:iam::1:oidc-provider/${issuer}`);
  });

  it('prints the trust policy of a role that plans pull requests and in merge queues', () => {
    const jobs = ['--pull-request', '--merge-queue', 'main', '--merge-queue', '1.x'];
    const trust = JSON.parse(policy(...SCOPE, '--repository', 'acme/infra', ...jobs, '--for', 'trust'));
    const issuer = 'token.actions.githubusercontent.com';
    const aud = { [`${issuer}:aud`]: 'sts.amazonaws.com' };
    const queues = ['main', '1.x'].map(
      (branch) => `repo:acme/infra:ref:refs/heads/gh-readonly-queue/${branch}/*`,
    );
    expect(trust.Statement.map(({ Condition }: Record<string, unknown>) => Condition)).toEqual([
      { StringEquals: { ...aud, [`${issuer}:sub`]: 'repo:acme/infra:pull_request' } },
      { StringLike: { ...aud, [`${issuer}:sub`]: queues } },
    ]);
  });

  it('includes KMS only with a key, and unlock only with a lock', () => {
    const printed = policy(...SCOPE);
    expect(printed).not.toContain('kms:');
    expect(printed).not.toContain('# unlock');
  });

  it.each([
    [['--bucket', 'states'], 'give --bucket and --key'],
    [['--bucket', 'b', '--key', '/k'], 'must not start or end with "/"'],
    [[...SCOPE, '--table', 'locks'], "Unknown option '--table'"],
    [[...SCOPE, '--for', 'trust'], 'nothing to print for trust'],
  ])('refuses %j: %s', (args, message) => {
    expect(() => policy(...args)).toThrow(message);
  });

  it('fails with the reason and how to learn more', () => {
    expect(() => runScript('--bucket', 'states')).toThrow(
      /give --bucket and --key\n.*npm run policy -- --help/,
    );
  });

  it('--help names every kind of job that the policies are for', () => {
    const help = policy('--help');
    const printed = policy(...SCOPE, ...TABLE, '--repository', 'acme/infra');
    for (const [, name = ''] of printed.matchAll(/^# (\w+): /gm))
      expect(help).toMatch(new RegExp(`^  ${name} `, 'm'));
  });
});

describe('the jobs that a trust policy admits', () => {
  const repository = 'acme/infra';

  it.each([
    [{ environment: 'production' }, '--environment is for a trust policy: give --repository OWNER/REPO, too'],
    [{ 'merge-queue': ['main'] }, '--merge-queue is for a trust policy'],
    [{ repository: 'infra' }, '--repository is "infra": give OWNER/REPO'],
    [{ repository, 'repository-id': '12' }, 'give --repository-id and --owner-id together'],
    [{ repository, environment: 'production', branch: 'main' }, 'give only one of'],
    [{ repository, environment: 'production', 'pull-request': true }, 'give only one of'],
    [{ repository, branch: 'main', 'merge-queue': ['main'] }, 'give only one of'],
  ])('are never guessed: %j is refused', (options, message) => {
    expect(() => chooseTrust(options)).toThrow(message);
  });

  it.each([
    [{}, undefined],
    [{ repository }, { contexts: ['ref:refs/heads/main'] }],
    [
      { repository, branch: 'release/*' },
      { contexts: [], patterns: ['ref:refs/heads/release/*'] },
    ],
    [{ repository, environment: 'prod*' }, { contexts: ['environment:prod*'] }],
    [
      { repository, 'pull-request': true, 'merge-queue': ['main'] },
      { contexts: ['pull_request'], patterns: ['ref:refs/heads/gh-readonly-queue/main/*'] },
    ],
  ])('are those that %j names', (options, jobs) => {
    const audience = 'sts.amazonaws.com';
    expect(chooseTrust(options)).toEqual(jobs && { repository, ids: undefined, audience, ...jobs });
  });
});
