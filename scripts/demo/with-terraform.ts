import { join } from 'node:path';
import type { Job } from '../../__tests__/support/runner.ts';
import {
  type S3BackendSettings,
  s3BackendBlock,
  terraform,
  terraformEnv,
  writeConfig,
} from '../../__tests__/support/terraform.ts';
import { expect } from './print.ts';
import { MODULE } from './testbed.ts';
import type { Workload } from './workload.ts';

const PASSWORD = 'correct-horse-battery-staple';
const OUTPUTS = `
output "network" { value = terraform_data.network.output }

output "database_password" {
  value     = "${PASSWORD}"
  sensitive = true
}
`;
const BEFORE = `
resource "terraform_data" "network" { input = "10.0.0.0/16" }
resource "terraform_data" "legacy"  { input = "nobody needs it any more" }
${OUTPUTS}`;
const AFTER = `
resource "terraform_data" "network" { input = "10.1.0.0/16" }
resource "terraform_data" "subnet" {
  for_each = toset(["a", "b"])
  input    = "zone \${each.key}"
}
${OUTPUTS}`;
const LONG = `${AFTER}
resource "terraform_data" "first" { input = "done before the cancel" }
resource "terraform_data" "slow" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" { command = "exec sleep 60" }
}
`;
const APPROVED = `${AFTER}
resource "terraform_data" "approved" { input = "only with an approval" }
`;
const MOVED = `${AFTER}
resource "terraform_data" "hotfix" { input = "somebody's laptop, meanwhile" }
`;
const APPLY = ['apply', '-input=false', '-auto-approve'];
const WORTH_SHOWING =
  /configured the backend .*!|^(terraform_data.*complete after| {2}# .* (?:will|must) be |Plan:|Saved the plan|Apply complete|Outputs:|\w+ = |Interrupt rec|Stopping op|.*Error: )/;

/** The real Terraform, with nothing but its built-in provider; `laptop` is the folder of a checkout elsewhere. */
export async function terraformWorkload(settings: S3BackendSettings, laptop: string): Promise<Workload> {
  const url = JSON.stringify(settings.endpoint);
  // Nobody here calls IAM.
  const extra = { endpoints: `{ s3 = ${url}, dynamodb = ${url}, sts = ${url} }` };
  const backend = s3BackendBlock({ ...settings, extra });
  const { PATH: _path, HOME: _home, ...env } = terraformEnv();
  const onLaptop = async (...args: string[]) => {
    const { code, stdout, stderr } = await terraform(laptop, args);
    expect(code === 0, `terraform ${args[0]} on the laptop succeeds: ${stderr}`);
    return stdout;
  };
  const write = (dir: string, main: string) => writeConfig(dir, { 'backend.tf': backend, 'main.tf': main });
  const initInJob = async (job: Job) => {
    const init = await job.runStep('terraform', ['init', '-input=false'], { cwd: MODULE, env });
    expect(init.exitCode === 0, `terraform init in the job succeeds: ${init.log}`);
    return init;
  };
  const version = /v[\d.]+/.exec((await terraform(laptop, ['version'])).stdout)?.[0] ?? '';
  return {
    name: `Terraform ${version}`,
    secrets: [PASSWORD],
    seed: async () => {
      await write(laptop, BEFORE);
      await onLaptop('init');
      await onLaptop('apply', '-auto-approve');
    },
    checkOut: (job) => write(join(job.workspace, MODULE), AFTER),
    change: async (job) => {
      await write(laptop, AFTER);
      return [await initInJob(job), await job.runStep('terraform', APPLY, { cwd: MODULE, env })];
    },
    startLongChange: async (job) => {
      await write(join(job.workspace, MODULE), LONG);
      await initInJob(job);
      const running = await job.startStep('terraform', APPLY, { cwd: MODULE, env });
      await running.waitForLine(/terraform_data\.slow: Provisioning with/);
      return running;
    },
    plan: async (job) => {
      await write(join(job.workspace, MODULE), APPROVED);
      const init = await initInJob(job);
      const how = { cwd: MODULE, env };
      const planned = await job.runStep('terraform', ['plan', '-input=false', '-out=tfplan'], how);
      const script = 'terraform show -json tfplan > plan.json';
      return [init, planned, await job.runStep('sh', ['-ec', script], how)];
    },
    applyPlan: async (job, planPath) => {
      await write(join(job.workspace, MODULE), APPROVED);
      const init = await initInJob(job);
      const args = ['apply', '-input=false', planPath];
      return [init, await job.runStep('terraform', args, { cwd: MODULE, env })];
    },
    changeOnLaptop: async () => {
      await write(laptop, MOVED);
      await onLaptop('apply', '-auto-approve');
    },
    planOnLaptop: async () => {
      const { code, stdout, stderr } = await terraform(laptop, ['plan', '-detailed-exitcode']);
      return { code, text: stderr || stdout };
    },
    makeExcerpt,
  };
}

function makeExcerpt(log: string): string {
  return log
    .split('\n')
    .filter((line) => WORTH_SHOWING.test(line))
    .join('\n');
}
