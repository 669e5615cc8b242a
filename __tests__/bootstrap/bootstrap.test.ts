import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteBucketPolicyCommand } from '@aws-sdk/client-s3';
import { expect, inject, it, onTestFinished } from 'vitest';
import { type RoleFor, rolePolicy } from '../../scripts/policy/policies.ts';
import { actionFolder } from '../packaged/run-action.ts';
import { stateText } from '../packaged/states.ts';
import { ENV_KEYS, findErrors, md5 } from '../packaged/support.ts';
import { ACCOUNT_ID, awsClients, REGION, readItem, readObject, readRolePolicy } from '../support/aws.ts';
import { readStatements } from '../support/iam.ts';
import { createJob } from '../support/runner.ts';
import { terraform, writeConfig } from '../support/terraform.ts';

/**
 * The folder of a build of the AWS provider, for machines that can't download it. Without it, `terraform init` gets the provider from its
 * registry.
 */
const PROVIDER = process.env.TERRAFORM_PROVIDER_AWS;
const motoUrl = inject('motoUrl') ?? '';
const EXAMPLE = join(import.meta.dirname, '../../examples/bootstrap');
const BUCKET = 'acme-states';
const TABLE = 'terraform-locks';
const KEY = 'network/terraform.tfstate';
const VARIABLES = [
  `bucket=${BUCKET}`,
  `key=${KEY}`,
  `region=${REGION}`,
  'repository=acme/infra',
  'merge_queue_branches=["main"]',
];
const CLI_CONFIG = `provider_installation {\n  dev_overrides { "hashicorp/aws" = ${JSON.stringify(PROVIDER)} }\n  direct {}\n}\n`;
const OVERRIDE = 'provider "aws" {\n  s3_use_path_style = true\n}\n';

/** Runs terraform in a copy of the example, against moto. */
async function openExample(): Promise<(...args: string[]) => ReturnType<typeof terraform>> {
  const dir = await mkdtemp(join(tmpdir(), 'bootstrap-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  await cp(EXAMPLE, dir, { recursive: true });
  await writeConfig(dir, { 'override.tf': OVERRIDE, 'cli.tfrc': CLI_CONFIG });
  const env = { ...ENV_KEYS, AWS_ENDPOINT_URL: motoUrl };
  const given = VARIABLES.map((variable) => `-var=${variable}`);
  if (PROVIDER === undefined) expect(await terraform(dir, ['init'], env)).toMatchObject({ code: 0 });
  const config = PROVIDER === undefined ? {} : { TF_CLI_CONFIG_FILE: join(dir, 'cli.tfrc') };
  // A provider that is overridden is found without init, and modules are not.
  if (PROVIDER !== undefined) await terraform(dir, ['get'], { ...env, ...config });
  return (...args) => terraform(dir, [...args, ...given], { ...env, ...config });
}

/** The inputs of every action at the example's bucket, with one of its roles. */
function inputsFor(role: string): Record<string, string> {
  return {
    bucket: BUCKET,
    key: KEY,
    region: REGION,
    dynamodb_table: TABLE,
    use_lockfile: 'true',
    use_path_style: 'true',
    role_arn: `arn:aws:iam::${ACCOUNT_ID}:role/${role}`,
    session_policy: 'none',
    endpoint: motoUrl,
    dynamodb_endpoint: motoUrl,
    sts_endpoint: motoUrl,
  };
}

async function openJob() {
  const job = await createJob({ env: ENV_KEYS });
  onTestFinished(() => job.dispose());
  return job;
}

it.skipIf(inject('terraform') === undefined || motoUrl === '')(
  'the bootstrap example, applied with the AWS provider, is complete: nothing is left to change, the doctor is content, and a job pushes a state',
  async () => {
    const run = await openExample();
    const applied = await run('apply', '-auto-approve');
    expect([applied.code, applied.stderr]).toEqual([0, expect.not.stringContaining('Error')]);
    expect((await run('plan', '-detailed-exitcode')).code).toBe(0);

    const clients = awsClients(motoUrl);
    onTestFinished(() => clients.destroy());
    await expectPolicies();
    // moto takes the denial of plain http, which is how it is reached here, for a denial of everything.
    await clients.s3.send(new DeleteBucketPolicyCommand({ Bucket: BUCKET }));

    const looked = await (await openJob()).run('main', {
      actionDir: actionFolder('doctor'),
      with: inputsFor('terraform-apply'),
    });
    expect([looked.outputs.reason_code, findErrors(looked)]).toEqual(['healthy', '']);
    const { checks } = JSON.parse(looked.outputs.result ?? '');
    expect(checks.filter(({ result }: Record<string, string>) => result === 'advice')).toEqual([]);

    const job = await openJob();
    const main = await job.run('main', { with: inputsFor('terraform-apply') });
    expect([main.outputs.reason_code, findErrors(main)]).toEqual(['held', '']);
    await writeFile(main.outputs.state_path ?? '', stateText());
    const post = await job.run('post', { omitInputs: true });
    expect([post.exitCode, findErrors(post)]).toEqual([0, '']);
    expect((await readObject(clients, BUCKET, KEY))?.toString()).toBe(stateText());
    const digest = await readItem(clients, TABLE, `${BUCKET}/${KEY}-md5`);
    expect(digest?.Digest).toBe(md5(stateText()));
  },
);

/** The roles have exactly the policies that `npm run policy` prints. */
async function expectPolicies(): Promise<void> {
  const role: RoleFor = {
    bucket: BUCKET,
    key: KEY,
    workspaces: ['default'],
    workspaceKeyPrefix: 'env:',
    region: REGION,
    account: ACCOUNT_ID,
    table: TABLE,
    useLockfile: true,
    kmsKeyId: undefined,
    acl: undefined,
  };
  for (const use of ['plan', 'apply'] as const) {
    const stored = await readRolePolicy(motoUrl, `terraform-${use}`, 'state');
    expect(readStatements(stored)).toEqual(readStatements(JSON.stringify(rolePolicy(use, role))));
  }
}
