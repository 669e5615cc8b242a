import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { type RoleFor, rolePolicy, trustPolicy } from '../../scripts/policy/policies.ts';
import { readActionMetadata } from '../support/action-metadata.ts';
import { allowedBy } from '../support/iam.ts';
import { terraform } from '../support/terraform.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const WORKFLOWS = globSync('examples/*.yml', { cwd: ROOT }).sort();
const GUIDES = ['README.md', ...globSync('docs/**/*.md', { cwd: ROOT }).sort()];
const OURS = /^OWNER\/terraform-s3-state(?:\/(\w+))?@v1$/;

const Step = v.object({
  uses: v.optional(v.string(), ''),
  with: v.optional(v.record(v.string(), v.unknown()), {}),
});
const Workflow = v.object({
  name: v.string(),
  on: v.record(v.string(), v.unknown()),
  permissions: v.optional(v.record(v.string(), v.string()), {}),
  jobs: v.record(
    v.string(),
    v.object({
      permissions: v.optional(v.record(v.string(), v.string())),
      if: v.optional(v.string(), ''),
      needs: v.optional(v.union([v.string(), v.array(v.string())])),
      'runs-on': v.union([v.string(), v.array(v.string())]),
      steps: v.array(Step),
    }),
  ),
});
type GivenStep = v.InferOutput<typeof Step>;

const ourSteps = (steps: readonly GivenStep[]) => steps.filter(({ uses }) => OURS.test(uses));

/** Names in `with:` that aren't inputs of the step's action. */
function unknownInputs({ uses, with: given }: GivenStep): string[] {
  const folder = OURS.exec(uses)?.[1] ?? '.';
  const { inputs } = readActionMetadata(join(ROOT, folder));
  return Object.keys(given).filter((name) => !inputs.has(name));
}

/** The steps of all YAML blocks of a text that use this action, in a list, alone or in a job. */
function stepsShown(text: string): GivenStep[] {
  const blocks = [...text.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, block = '']) => parse(block));
  const stepsIn = (value: unknown): unknown[] => {
    if (Array.isArray(value)) return value.flatMap(stepsIn);
    if (typeof value !== 'object' || value === null) return [];
    return 'uses' in value ? [value] : Object.values(value).flatMap(stepsIn);
  };
  return ourSteps(v.parse(v.array(Step), blocks.flatMap(stepsIn)));
}

describe('example workflows', () => {
  it.each(WORKFLOWS)('%s gives our actions only inputs that they have', (file) => {
    const { jobs } = v.parse(Workflow, parse(read(file)));
    const steps = Object.values(jobs).flatMap((job) => ourSteps(job.steps));
    expect(steps.length).toBeGreaterThan(0);
    expect(steps.flatMap(unknownInputs)).toEqual([]);
  });

  it.each(WORKFLOWS)(
    "%s stores no key, and requests a token only when a job's identity assumes a role",
    (file) => {
      const text = read(file);
      expect(text).not.toMatch(/access[_-]key|ACCESS_KEY/i);
      const { jobs, permissions } = v.parse(Workflow, parse(text));
      for (const job of Object.values(jobs)) {
        const isOwnMachine = [job['runs-on']].flat().includes('self-hosted');
        const asks = (job.permissions ?? permissions)['id-token'] === 'write';
        // A job that uses no state needs no token.
        const usesState = ourSteps(job.steps).length > 0;
        expect(asks).toBe(usesState && !isOwnMachine);
        const roles = job.steps.flatMap(({ with: given }) => given.role_arn ?? given['role-to-assume'] ?? []);
        expect(roles.length > 0).toBe(asks);
      }
    },
  );

  it('the lists of examples name all of them', () => {
    const names = WORKFLOWS.map((file) => file.replace('examples/', ''));
    const inReadme = [...read('README.md').matchAll(/^- \[([\w-]+\.yml)\]\(examples\/\1\): /gm)];
    const inTable = [...read('examples/README.md').matchAll(/^\| \[([\w-]+\.yml)\]\(\1\) \| /gm)];
    for (const list of [inReadme, inTable]) expect(list.map(([, name]) => name).sort()).toEqual(names);
    for (const text of [read('README.md'), read('examples/README.md')]) {
      expect(text).toContain('bootstrap/README.md)');
    }
  });

  it.each(WORKFLOWS)('%s is run by an interop test', (file) => {
    const tests = globSync('__tests__/interop/*.test.ts', { cwd: ROOT }).map(read).join('\n');
    expect(tests).toContain(`${file.replace('examples/', '')}'`);
  });

  it('a required check always runs, because GitHub counts a skipped one as passed', () => {
    const required = WORKFLOWS.flatMap((file) =>
      [...read(file).matchAll(/"([\w-]+)" a required check/g)].map(([, name = '']) => ({ file, name })),
    );
    expect(required.length).toBeGreaterThan(0);
    for (const { file, name } of required) {
      const job = v.parse(Workflow, parse(read(file))).jobs[name];
      expect(job?.needs === undefined || job.if.startsWith('always() &&'), `${file}: ${name}`).toBe(true);
    }
  });

  it('a workflow that runs after others names workflows that are examples', () => {
    const all = WORKFLOWS.map((file) => v.parse(Workflow, parse(read(file))));
    const After = v.object({ workflows: v.array(v.string()) });
    const awaited = all.flatMap(({ on }) =>
      on.workflow_run === undefined ? [] : v.parse(After, on.workflow_run).workflows,
    );
    expect(awaited).toEqual(['plan, approve, apply']);
    expect(all.map(({ name }) => name)).toEqual(expect.arrayContaining(awaited));
  });

  it('the files that they, the README and the guides name exist', () => {
    const named = WORKFLOWS.flatMap((file) =>
      // A step makes the files in the folder of their module.
      [...read(file).matchAll(/\b(?!infra\/)[\w-]+\/[\w-]+\.(?:json|tf)\b/g)].map(
        ([path]) => `examples/${path}`,
      ),
    );
    const linked = GUIDES.flatMap((file) =>
      [...read(file).matchAll(/\]\(((?:\.\.\/)?(?:examples|docs)\/[^)#]+)/g)].map(([, path = '']) =>
        path.replace('../', ''),
      ),
    );
    expect(named.length).toBeGreaterThan(5);
    for (const path of new Set([...named, ...linked])) {
      expect(globSync(path, { cwd: ROOT }), path).toEqual([path]);
    }
    const all = globSync('examples/**/*.*', { cwd: ROOT }).sort();
    const known = new Set(
      [...named, ...linked].map((path) => path.replace(/staging(?=\.json)/, 'production')),
    );
    const unnamed = all.filter((path) => !known.has(path.replace(/staging(?=\.json)/, 'production')));
    expect(unnamed).toEqual([]);
  });

  it.skipIf(inject('terraform') === undefined)(
    'their modules are formatted with `terraform fmt`',
    async () => {
      const examples = join(ROOT, 'examples');
      expect(await terraform(examples, ['fmt', '-check', '-diff', '-recursive', '.'])).toMatchObject({
        code: 0,
        stdout: '',
      });
    },
  );
});

it.each(GUIDES)('the steps shown in %s give our actions only inputs that they have', (file) => {
  expect(stepsShown(read(file)).flatMap(unknownInputs)).toEqual([]);
});

const ADMINISTRATION = '111122223333';
const ACCOUNTS = { staging: '444455556666', production: '777788889999' } as const;
const PAIRS = [
  ['staging', 'production'],
  ['production', 'staging'],
] as const;
const BUCKET = 'myorg-terraform-states';
const KEY = 'myapp/terraform.tfstate';

function findRole(workspace: string): RoleFor {
  return {
    bucket: BUCKET,
    key: KEY,
    workspaces: [workspace],
    workspaceKeyPrefix: 'env:',
    region: 'us-east-1',
    account: ADMINISTRATION,
    table: 'terraform-locks',
    useLockfile: false,
    kmsKeyId: undefined,
    acl: undefined,
  };
}

const policy = (name: string): string => read(`examples/policies/${name}.json`);

describe('example policies', () => {
  it.each(PAIRS)(
    "the state role of %s can do everything with its own workspace, and nothing with %s's",
    (own, other) => {
      const text = policy(`state-${own}`);
      expect(JSON.parse(text)).toEqual(rolePolicy('hold', findRole(own)));
      for (const call of callsOn(own)) expect(allowedBy(text, call), call.action).toHaveLength(1);
      for (const call of callsOn(other)) expect(allowedBy(text, call), call.action).toEqual([]);
      const listing = { action: 's3:ListBucket', resource: `arn:aws:s3:::${BUCKET}`, context: {} };
      expect(allowedBy(text, listing)).toHaveLength(1);
    },
  );

  it.each(PAIRS)('the deploy role of %s can enter its own account, but not that of %s', (own, other) => {
    const entry = (account: string) => ({
      action: 'sts:AssumeRole',
      resource: `arn:aws:iam::${account}:role/Terraform`,
      context: {},
    });
    const text = policy(`deploy-${own}`);
    expect(allowedBy(text, entry(ACCOUNTS[own]))).toHaveLength(1);
    expect(allowedBy(text, entry(ACCOUNTS[other]))).toEqual([]);
    // It can't touch a state, which is the other role's task.
    expect(callsOn(own).flatMap((call) => allowedBy(text, call))).toEqual([]);
  });

  it.each(PAIRS)('only jobs of the environment %s are admitted, not those of %s', (own, other) => {
    const trust = { repository: 'ORG/REPO', contexts: [`environment:${own}`], ids: undefined };
    const text = policy(`trust-github-${own}`);
    expect(JSON.parse(text)).toEqual(trustPolicy(findRole(own), { ...trust, audience: 'sts.amazonaws.com' }));
    expect(text).not.toContain(other);
  });

  it.each(PAIRS)(
    'the account of %s trusts its own roles of the administrative account, none of %s',
    (own) => {
      const { Statement } = JSON.parse(policy(`trust-administrative-${own}`));
      const roles = ['deploy', 'runner'].map(
        (role) => `arn:aws:iam::${ADMINISTRATION}:role/terraform-${role}-${own}`,
      );
      expect(Statement).toMatchObject([{ Principal: { AWS: roles }, Action: 'sts:AssumeRole' }]);
    },
  );

  it('the roles and accounts of workflows and module are those of the policies', () => {
    const workflow = read('examples/multi-account.yml');
    expect(workflow).toContain(
      `role_arn: arn:aws:iam::${ADMINISTRATION}:role/terraform-state-\${{ matrix.workspace }}`,
    );
    expect(workflow).toContain(
      `arn:aws:iam::${ADMINISTRATION}:role/terraform-deploy-\${{ matrix.workspace }}`,
    );
    const module = read('examples/multi-account/main.tf');
    for (const [workspace, account] of Object.entries(ACCOUNTS)) {
      expect(module).toMatch(new RegExp(`${workspace}\\s+= "${account}"`));
    }
    for (const value of [BUCKET, KEY, 'terraform-locks']) expect(module).toContain(`"${value}"`);
    expect(module).toContain(':role/Terraform"');
    expect(JSON.parse(policy('trust-ec2')).Statement).toMatchObject([
      { Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ]);
  });
});

/** All calls of hold and the checkpointer on the state, lock and digest of a workspace. */
function callsOn(workspace: string) {
  const key = `env:/${workspace}/${KEY}`;
  const objects = [key, `${key}.rescue/1-1`].flatMap((name) =>
    ['s3:GetObject', 's3:PutObject'].map((action) => ({
      action,
      resource: `arn:aws:s3:::${BUCKET}/${name}`,
      context: {},
    })),
  );
  const items = [`${BUCKET}/${key}`, `${BUCKET}/${key}-md5`].flatMap((item) =>
    ['GetItem', 'PutItem', 'DeleteItem'].map((name) => ({
      action: `dynamodb:${name}`,
      resource: `arn:aws:dynamodb:us-east-1:${ADMINISTRATION}:table/terraform-locks`,
      context: { 'dynamodb:LeadingKeys': [item] },
    })),
  );
  return [...objects, ...items];
}
