import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { createStateFixture, listObjects } from '../support/aws.ts';
import type { StageResult } from '../support/runner.ts';
import { terraformEnv, writeConfig } from '../support/terraform.ts';
import { describeInProcess, openTestbed, type Testbed, type TestbedJob } from './support.ts';

/** What both workspaces share; its backend block is for laptops and stays unchanged. */
const CONFIG = `
terraform {
  backend "s3" {
    bucket = "some-bucket"
    key    = "network/app.tfstate"
    region = "us-east-1"
  }
}

locals {
  roles = { staging = "staging-deployer", production = "production-deployer" }
}

resource "terraform_data" "network" {
  input = local.roles[terraform.workspace]
}

output "role" {
  value = terraform_data.network.output
}
`;

describeInProcess('one configuration, an account and a role for each workspace', () => {
  it.skipIf(inject('terraform') === undefined)(
    'staging and production: each job assumes its own role and changes its own state',
    async () => {
      const testbed = await openTestbed();
      const roles = { staging: await findRole(testbed), production: await findRole(testbed) };
      for (const [workspace, role] of Object.entries(roles)) {
        testbed.proxy.reset();
        const { job } = await deployJob(testbed, workspace, role);
        expect(await run(job, 'init')).toMatchObject({ exitCode: 0 });
        expect(await run(job, 'apply', '-auto-approve')).toMatchObject({ exitCode: 0 });
        const post = await job.post();
        expect(post.exitCode).toBe(0);
        expect(existsSync(join(job.workspace, 'infra/zzz_terraform_s3_state_override.tf.json'))).toBe(false);
        expect(assumedRoles(testbed)).toEqual([role, role]);
      }
      const states = Object.keys(roles).map((workspace) => `env:/${workspace}/network/app.tfstate`);
      expect(await listObjects(testbed.clients, testbed.fixture.bucket)).toEqual(states.sort());
    },
  );

  it.skipIf(inject('terraform') === undefined)(
    'plan, approve, apply: exactly that plan on exactly that state, in another job',
    async () => {
      const testbed = await openTestbed();
      const role = await findRole(testbed);
      const { job: planner, fingerprint } = await deployJob(testbed, 'production', role, { push: 'never' });
      await run(planner, 'init');
      expect(await run(planner, 'plan', '-out=tfplan')).toMatchObject({ exitCode: 0 });
      const plan = await run(planner, 'show', '-json', 'tfplan');
      expect(plan.rawStdout).toContain('production-deployer');
      await planner.post();
      expect(await listObjects(testbed.clients, testbed.fixture.bucket)).toEqual([]);

      const { job: apply } = await deployJob(testbed, 'production', role, {
        expect_fingerprint: fingerprint,
      });
      await run(apply, 'init');
      await copyPlan(planner, apply);
      expect(await run(apply, 'apply', 'tfplan')).toMatchObject({ exitCode: 0 });
      expect((await apply.post()).summary).toContain('1 added, 0 changed, 0 removed');

      const late = await testbed.job({
        with: { workspace: 'production', role_arn: role, expect_fingerprint: fingerprint },
      });
      expect((await late.main()).exitCode).toBe(1);
    },
  );
});

async function findRole(testbed: Testbed): Promise<string> {
  const { roleArn } = await createStateFixture(testbed.clients, { role: true, table: false });
  return roleArn;
}

/** A job with a checkout, after its main step. */
async function deployJob(
  testbed: Testbed,
  workspace: string,
  role: string,
  inputs: Record<string, string> = {},
): Promise<{ job: TestbedJob; fingerprint: string }> {
  const job = await testbed.job({
    with: { workspace, role_arn: role, working_directory: 'infra', ...inputs },
  });
  await writeConfig(join(job.workspace, 'infra'), { 'main.tf': CONFIG });
  const main = await job.main();
  expect(main).toMatchObject({ exitCode: 0, exportedEnv: { TF_CLI_ARGS_init: '-reconfigure' } });
  return { job, fingerprint: main.outputs.fingerprint ?? '' };
}

/** A `run: terraform ...` step, with nothing of the developer's own. */
async function run(job: TestbedJob, ...args: string[]): Promise<StageResult> {
  const { TF_CLI_CONFIG_FILE = '', CHECKPOINT_DISABLE = '', TF_INPUT = '' } = terraformEnv();
  const env = { TF_CLI_CONFIG_FILE, CHECKPOINT_DISABLE, TF_INPUT };
  return await job.runStep(inject('terraform') ?? '', args, { cwd: 'infra', env });
}

async function copyPlan(from: TestbedJob, to: TestbedJob): Promise<void> {
  const [source, target] = [from, to].map(({ workspace }) => join(workspace, 'infra/tfplan'));
  await to.runStep('cp', [source ?? '', target ?? '']);
}

function assumedRoles({ proxy }: Testbed): string[] {
  const calls = proxy.requests.filter(({ operation }) => operation === 'AssumeRole');
  return calls.map(({ body }) => new URLSearchParams(body.toString('utf8')).get('RoleArn') ?? '');
}
