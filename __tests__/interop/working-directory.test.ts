import { copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import {
  locateJobState,
  prepareWorkingDirectory,
  restoreWorkingDirectory,
  statePathFor,
} from '../../src/workspace-files/working-directory.ts';
import { type TerraformResult, terraform } from '../support/terraform.ts';

/** Nothing listens there: whoever talks to S3 fails at once. */
const DEAD_S3 = 'http://127.0.0.1:9';
const S3_BLOCK = `
terraform {
  backend "s3" {
    bucket                      = "bucket"
    key                         = "app.tfstate"
    region                      = "us-east-1"
    access_key                  = "dummy"
    secret_key                  = "dummy"
    skip_credentials_validation = true
    skip_requesting_account_id  = true
    skip_metadata_api_check     = true
    max_retries                 = 1
    endpoints                   = { s3 = "${DEAD_S3}" }
  }
}
`;
const CONFIG = `
variable "words" {
  type    = list(string)
  default = ["one"]
}

resource "terraform_data" "word" {
  for_each = toset(var.words)
  input    = each.key
}

output "workspace" {
  value = terraform.workspace
}
`;
const TWO_WORDS = { TF_VAR_words: '["one", "two"]' };

/** One job: its own checkout, its own private directory with the pulled file, its own workspace. */
interface Job {
  readonly root: string;
  readonly privateDirectory: string;
  readonly workspace: string;
  readonly statePath: string;
  readonly notices: readonly string[];
  run(args: readonly string[], env?: Record<string, string>): Promise<string>;
  tryRun(args: readonly string[], env?: Record<string, string>): Promise<TerraformResult>;
}

interface JobOptions {
  readonly workspace?: string;
  readonly backendBlock?: string;
  /** A checkout that is there already. */
  readonly root?: string;
  readonly pulled?: string;
}

let base: string;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'interop-working-directory-'));
});

afterEach(() => rm(base, { recursive: true }));

async function checkout(backendBlock = S3_BLOCK): Promise<string> {
  const root = await mkdtemp(join(base, 'checkout-'));
  await writeFile(join(root, 'main.tf'), CONFIG);
  if (backendBlock !== '') await writeFile(join(root, 'backend.tf'), backendBlock);
  return root;
}

async function startJob({
  workspace = 'default',
  backendBlock,
  root,
  pulled,
}: JobOptions = {}): Promise<Job> {
  const workingDirectory = root ?? (await checkout(backendBlock));
  const privateDirectory = await mkdtemp(join(base, 'private-'));
  const { statePath, notices } = await prepareWorkingDirectory({
    workingDirectory,
    privateDirectory,
    workspace,
    env: {},
  });
  if (pulled !== undefined) await copyFile(pulled, statePath);
  const tryRun: Job['tryRun'] = (args, env = {}) =>
    terraform(workingDirectory, args, { TF_WORKSPACE: workspace, ...env });
  const run: Job['run'] = async (args, env) => {
    const result = await tryRun(args, env);
    expect(result, `terraform ${args.join(' ')}: ${result.stderr}`).toMatchObject({ code: 0 });
    return result.stdout;
  };
  return { root: workingDirectory, privateDirectory, workspace, statePath, notices, run, tryRun };
}

/** A file as the action pulls it, with one resource. */
async function pulledState(workspace = 'default'): Promise<string> {
  const job = await startJob({ workspace });
  await job.run(['init']);
  await job.run(['apply', '-auto-approve']);
  const path = join(base, `pulled-${workspace}.tfstate`);
  await copyFile(job.statePath, path);
  return path;
}

async function addresses(path: string): Promise<string[]> {
  const state = JSON.parse(await readFile(path, 'utf8'));
  return state.resources.flatMap((resource: { instances: { index_key: string }[] }) =>
    resource.instances.map(({ index_key }) => index_key),
  );
}

const exists = async (path: string) => (await stat(path).catch(() => undefined)) !== undefined;

describe.skipIf(inject('terraform') === undefined)('working_directory with the real terraform', () => {
  describe.each(['default', 'staging'])('workspace %s', (workspace) => {
    it('init, plan and apply work on the pulled file, a backend "s3" block untouched and no network used', async () => {
      const job = await startJob({ workspace, pulled: await pulledState(workspace) });
      await job.run(['init']);
      expect(await job.run(['plan'])).toContain('No changes');
      await job.run(['apply', '-auto-approve'], TWO_WORDS);
      expect(await addresses(job.statePath)).toEqual(['one', 'two']);
      expect(await job.run(['output', '-raw', 'workspace'])).toBe(workspace);
      expect(await readFile(join(job.root, 'backend.tf'), 'utf8')).toBe(S3_BLOCK);
    });

    it('works for a configuration that names no backend', async () => {
      const job = await startJob({ workspace, backendBlock: '' });
      await job.run(['init']);
      await job.run(['apply', '-auto-approve']);
      expect(await addresses(job.statePath)).toEqual(['one']);
    });

    it('starts a workspace that has no state yet, under its right name', async () => {
      const job = await startJob({ workspace });
      await job.run(['init']);
      expect(await job.run(['workspace', 'show'])).toBe(`${workspace}\n`);
      await job.run(['apply', '-auto-approve']);
      expect(await addresses(job.statePath)).toEqual(['one']);
      expect(await job.run(['output', '-raw', 'workspace'])).toBe(workspace);
    });

    it('applies a plan of another job on this job’s file, and never on the other’s', async () => {
      const pulled = await pulledState(workspace);
      const planJob = await startJob({ workspace, pulled });
      await planJob.run(['init']);
      await planJob.run(['plan', '-out=saved.tfplan'], TWO_WORDS);
      const applyJob = await startJob({ workspace, pulled });
      await copyFile(join(planJob.root, 'saved.tfplan'), join(applyJob.root, 'saved.tfplan'));
      await applyJob.run(['init']);
      await applyJob.run(['apply', 'saved.tfplan']);
      expect(await addresses(applyJob.statePath)).toEqual(['one', 'two']);
      expect(await readFile(planJob.statePath)).toEqual(await readFile(pulled));
    });

    it('finds the state of a job that removed .terraform', async () => {
      const job = await startJob({ workspace, pulled: await pulledState(workspace) });
      await job.run(['init']);
      await rm(join(job.root, '.terraform'), { recursive: true });
      // With a named workspace, init makes the workspace anew.
      await job.run(['init']);
      await job.run(['apply', '-auto-approve'], TWO_WORDS);
      const { root: workingDirectory, privateDirectory } = job;
      const located = await locateJobState({ workingDirectory, privateDirectory, workspace });
      expect(located.path).toBe(statePathFor(privateDirectory, workspace));
      expect(located.notice).toContain('removed');
      expect(await addresses(located.path)).toEqual(['one', 'two']);
      expect(await addresses(`${located.path}.pulled`)).toEqual(['one']);
      expect(await restoreWorkingDirectory({ workingDirectory, privateDirectory })).toEqual([]);
    });
  });

  it.each(['backend_override.tf', 'override.tf', 'zz_override.tf'])('beats a user’s own %s', async (name) => {
    const root = await checkout();
    await writeFile(
      join(root, name),
      'terraform {\n  backend "local" {\n    path = "mine.tfstate"\n  }\n}\n',
    );
    const job = await startJob({ root });
    await job.run(['init']);
    await job.run(['apply', '-auto-approve']);
    expect(await exists(job.statePath)).toBe(true);
    expect(await exists(join(root, 'mine.tfstate'))).toBe(false);
  });

  it('beats a cloud block', async () => {
    const job = await startJob({
      backendBlock:
        'terraform {\n  cloud {\n    organization = "o"\n    workspaces {\n      name = "w"\n    }\n  }\n}\n',
    });
    await job.run(['init']);
    await job.run(['apply', '-auto-approve']);
    expect(await exists(job.statePath)).toBe(true);
  });

  it('says that a checkout initialised with another backend needs init -reconfigure, and it does', async () => {
    const root = await checkout();
    await mkdir(join(root, '.terraform'));
    await writeFile(join(root, '.terraform', 'terraform.tfstate'), s3Record());
    const job = await startJob({ root, pulled: await pulledState() });
    expect(job.notices).toEqual([expect.stringMatching(/\(s3\).*init -reconfigure/)]);
    const plain = await job.tryRun(['init', '-input=false']);
    expect(plain.code).toBe(1);
    expect(plain.stderr).toContain('-reconfigure');
    await job.run(['init', '-reconfigure']);
    expect(await job.run(['plan'])).toContain('No changes');
  });

  it('needs no such thing the second time on one machine', async () => {
    const first = await startJob();
    await first.run(['init']);
    await restoreWorkingDirectory({ workingDirectory: first.root, privateDirectory: first.privateDirectory });
    const second = await startJob({ root: first.root });
    expect(second.notices).toEqual([]);
    await second.run(['init']);
    await second.run(['apply', '-auto-approve']);
    expect(await addresses(second.statePath)).toEqual(['one']);
  });

  it('keeps two directories of one job apart', async () => {
    const one = await startJob();
    const two = await startJob({ workspace: 'staging' });
    for (const job of [one, two]) await job.run(['init']);
    await one.run(['apply', '-auto-approve']);
    await two.run(['apply', '-auto-approve'], TWO_WORDS);
    expect(await addresses(one.statePath)).toEqual(['one']);
    expect(await addresses(two.statePath)).toEqual(['one', 'two']);
  });
});

/** What `terraform init` with our backend block leaves in `.terraform` (Terraform 1.11). */
function s3Record(): string {
  const config = { bucket: 'bucket', key: 'app.tfstate', region: 'us-east-1' };
  const record = { version: 3, terraform_version: '1.11.4', backend: { type: 's3', config, hash: 1 } };
  return JSON.stringify(record);
}
