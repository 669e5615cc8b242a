import { execFileSync } from 'node:child_process';
import {
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest';
import { stateAddress } from '../../src/backend/address.ts';
import {
  claimStateDirectory,
  removeStateDirectory,
} from '../../src/workspace-files/claim-state-directory.ts';
import { furnishStateDirectory } from '../../src/workspace-files/furnish-state-directory.ts';
import { initArguments } from '../../src/workspace-files/init-arguments.ts';
import { findOtherStates } from '../../src/workspace-files/job-state.ts';
import { removeDirectory } from '../../src/workspace-files/remove-directory.ts';
import { stateDirectoryFor, statePathFor } from '../../src/workspace-files/state-directory.ts';
import {
  type Preparation,
  prepareWorkingDirectory,
  restoreWorkingDirectory,
  selectedBeforeUs,
} from '../../src/workspace-files/working-directory.ts';
import { plainAwsSettings } from '../support/aws-settings.ts';
import { startProcess } from '../support/runner-process.ts';
import { type TerraformResult, terraform, terraformEnv } from '../support/terraform.ts';
import { findOnPath } from '../support/tools.ts';
import { runInMountNamespace } from './mount-namespace.ts';

/** Nothing listens there: every call to S3 fails immediately. */
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

/** One job: its own checkout, its own private directory, and the pulled file at the path that all jobs share. */
interface Job {
  readonly root: string;
  readonly preparation: Preparation;
  readonly statePath: string;
  run(args: readonly string[], env?: Record<string, string>, folder?: string): Promise<string>;
  tryRun(args: readonly string[], env?: Record<string, string>, folder?: string): Promise<TerraformResult>;
  end(): Promise<void>;
}

interface JobOptions {
  readonly workspace?: string;
  readonly backendBlock?: string;
  /** An existing checkout. */
  readonly root?: string;
  readonly pulled?: string;
  /** Names the held state. */
  readonly key?: string;
  readonly dataDirectory?: string;
}

let base: string;
let bucket: string;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'interop-working-directory-'));
  bucket = basename(base);
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
  key = 'app.tfstate',
  dataDirectory = '.terraform',
}: JobOptions = {}): Promise<Job> {
  const workingDirectory = root ?? (await checkout(backendBlock));
  const privateDirectory = await mkdtemp(join(base, 'private-'));
  const stateDirectory = findStateDirectory(workspace, key);
  const owner = { privateDirectory, isLocked: true, run: '', lockId: 'x', pulledMd5: undefined };
  await claimStateDirectory(stateDirectory, owner);
  await furnishStateDirectory(stateDirectory, workspace, pulled !== undefined);
  const statePath = statePathFor(stateDirectory, workspace);
  if (pulled !== undefined) await copyFile(pulled, statePath);
  const data = resolve(workingDirectory, dataDirectory);
  const selectedBefore = await selectedBeforeUs(workingDirectory, data);
  const preparation: Preparation = {
    workingDirectory,
    dataDirectory: data,
    selectedBefore,
    privateDirectory,
    stateDirectory,
    workspace,
    startedAt: Date.now(),
  };
  await prepareWorkingDirectory(preparation);
  const variables = { TF_CLI_ARGS_init: initArguments('').text };
  const tryRun: Job['tryRun'] = (args, env = {}, folder = workingDirectory) =>
    terraform(folder, args, { ...variables, ...env });
  const run: Job['run'] = async (args, env, folder) => {
    const result = await tryRun(args, env, folder);
    expect(result, `terraform ${args.join(' ')}: ${result.stderr}`).toMatchObject({ code: 0 });
    return result.stdout;
  };
  const end = async () => {
    expect(await restoreWorkingDirectory(preparation)).toEqual([]);
    expect(await removeStateDirectory(stateDirectory, privateDirectory)).toEqual([]);
  };
  onTestFinished(() => removeDirectory(stateDirectory));
  return { root: workingDirectory, preparation, statePath, run, tryRun, end };
}

function findStateDirectory(workspace: string, key: string): string {
  const address = stateAddress({ bucket, key, workspace, workspaceKeyPrefix: 'env:' });
  return stateDirectoryFor({ address, aws: plainAwsSettings });
}

/** The content of a file as the action pulls it, by its workspace. */
const pulledStates = new Map<string, Buffer>();

/** A file as the action pulls it, with one resource. */
async function pulledState(workspace = 'default'): Promise<string> {
  const path = join(base, `pulled-${workspace}.tfstate`);
  const known = pulledStates.get(workspace) ?? (await makeState(workspace));
  pulledStates.set(workspace, known);
  await writeFile(path, known);
  return path;
}

async function makeState(workspace: string): Promise<Buffer> {
  const job = await startJob({ workspace });
  await job.run(['init']);
  await job.run(['apply', '-auto-approve']);
  const state = await readFile(job.statePath);
  await job.end();
  return state;
}

async function addresses(path: string): Promise<string[]> {
  const state = JSON.parse(await readFile(path, 'utf8'));
  return state.resources.flatMap((resource: { instances: { index_key: string }[] }) =>
    resource.instances.map(({ index_key }) => index_key),
  );
}

const exists = async (path: string) => (await stat(path).catch(() => undefined)) !== undefined;
const squeeze = (text: string) => text.replaceAll(/[\s│╷╵]+/g, ' ');

/** Checks that it fails before anything is planned, with an error that names the cause. */
async function expectFailure(result: Promise<TerraformResult>, words: RegExp): Promise<void> {
  const { code, stdout, stderr } = await result;
  expect(code, stdout).toBe(1);
  expect(squeeze(stderr)).toMatch(words);
}

const HOLDS_OTHER = (held: string) =>
  new RegExp(`only-the-workspace-${held}-is-held-by-this-job|holds only the workspace ${held}`);

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const isUserPossible = !isRoot || findOnPath('setpriv') !== undefined;

const READS = [['output'], ['output', '-raw', 'workspace'], ['show'], ['state', 'pull']];
const NOTHING = /^(\nWarning: No outputs found[\s\S]*|No state\.)?\s*$/;
const NO_NAMESPACES = "this machine doesn't allow mount namespaces";
const PUSH = ['state', 'push', 'other.tfstate'];

describe.skipIf(inject('terraform') === undefined)('working_directory with the real terraform', () => {
  describe.each(['default', 'staging'])('workspace %s', (workspace) => {
    it('init, plan, apply, state commands and import use the pulled file and leave the backend "s3" block untouched', async () => {
      const job = await startJob({ workspace, pulled: await pulledState(workspace) });
      await job.run(['init']);
      expect(await job.run(['plan'])).toContain('No changes');
      await job.run(['apply', '-auto-approve'], TWO_WORDS);
      expect(await addresses(job.statePath)).toEqual(['one', 'two']);
      expect(await job.run(['output', '-raw', 'workspace'])).toBe(workspace);
      expect(await readFile(join(job.root, 'backend.tf'), 'utf8')).toBe(S3_BLOCK);
      await job.run(['state', 'rm', 'terraform_data.word["two"]']);
      await job.run(['import', 'terraform_data.word["two"]', 'some-id'], TWO_WORDS);
      await job.run(['state', 'mv', 'terraform_data.word["one"]', 'terraform_data.word["three"]']);
      const builtIn = 'terraform.io/builtin/terraform';
      await job.run(['state', 'replace-provider', '-auto-approve', builtIn, builtIn]);
      expect(await addresses(job.statePath)).toEqual(['three', 'two']);
      await job.end();
      const files = ['.terraform', '.terraform.lock.hcl', 'backend.tf', 'main.tf'];
      expect(files).toEqual(expect.arrayContaining(await readdir(job.root)));
      expect(await readdir(join(job.root, '.terraform'))).toEqual([]);
    });

    it('creates the first state, and applies its saved plan in another job and checkout', async () => {
      const planJob = await startJob({ workspace, backendBlock: '' });
      await planJob.run(['init']);
      expect(await planJob.run(['workspace', 'show'])).toBe(`${workspace}\n`);
      await planJob.run(['plan', '-out=saved.tfplan']);
      const saved = join(base, 'saved.tfplan');
      await rename(join(planJob.root, 'saved.tfplan'), saved);
      await planJob.end();
      const applyJob = await startJob({ workspace, backendBlock: '' });
      await applyJob.run(['init']);
      await applyJob.run(['apply', saved]);
      expect(await addresses(applyJob.statePath)).toEqual(['one']);
    });

    it('applies a saved plan on the state pulled in the other job, and refuses it when that state has changed', async () => {
      const pulled = await pulledState(workspace);
      const planJob = await startJob({ workspace, pulled });
      await planJob.run(['init']);
      await planJob.run(['plan', '-out=saved.tfplan'], TWO_WORDS);
      const saved = join(base, 'saved.tfplan');
      await rename(join(planJob.root, 'saved.tfplan'), saved);
      await planJob.end();
      const applyJob = await startJob({ workspace, pulled });
      await applyJob.run(['init']);
      await applyJob.run(['apply', saved]);
      expect(await addresses(applyJob.statePath)).toEqual(['one', 'two']);
      await expectFailure(applyJob.tryRun(['apply', saved]), /Saved plan is stale/);
    });

    it('other workspaces fail with a clear error, whatever selects them', async () => {
      const pulled = await pulledState(workspace);
      const job = await startJob({ workspace, pulled });
      await job.run(['init']);
      const words = HOLDS_OTHER(workspace);
      const other = workspace === 'default' ? 'prod' : 'default';
      for (const name of [other, 'dev']) {
        await expectFailure(job.tryRun(['plan'], { TF_WORKSPACE: name }), words);
        await expectFailure(job.tryRun(['apply', '-auto-approve'], { TF_WORKSPACE: name }), words);
      }
      expect(await job.run(['workspace', 'list'])).toContain(workspace);
      await job.tryRun(['workspace', 'new', 'dev']);
      await expectFailure(job.tryRun(['plan'], { TF_WORKSPACE: 'dev' }), words);
      await job.run(['workspace', 'select', workspace]);
      await job.run(['workspace', 'select', '-or-create', workspace]);
      expect(await job.run(['plan'])).toContain('No changes');
      expect(await readFile(job.statePath)).toEqual(await readFile(pulled));
    });

    it.skipIf(!isUserPossible)(
      'commands that only read or fill another named workspace fail, too',
      async () => {
        const job = await startJob({ workspace, pulled: await pulledState(workspace) });
        await job.run(['init']);
        await copyFile(job.statePath, join(job.root, 'other.tfstate'));
        const words =
          workspace === 'default' ? /only-the-workspace-default-is-held/ : /only-staging-is-held\/(dev|test)/;
        for (const args of [...READS, PUSH]) {
          await expectFailure(runAsUser(job, args, { TF_WORKSPACE: 'dev' }), words);
        }
        await expectFailure(runAsUser(job, ['workspace', 'new', 'test']), words);
        expect(await runAsUser(job, ['plan'])).toMatchObject({ code: 0 });
      },
    );

    it('a copy of the module works on the pulled state: with and without hidden files, links followed, terragrunt', async () => {
      const job = await startJob({ workspace, pulled: await pulledState(workspace) });
      await job.run(['init']);
      const copies = {
        whole: join(base, 'whole'),
        visible: join(base, 'visible'),
        terragrunt: join(job.root, '.terragrunt-cache', 'abc', 'def'),
      };
      await cp(job.root, copies.whole, { recursive: true, dereference: true });
      for (const folder of [copies.visible, copies.terragrunt]) {
        await mkdir(folder, { recursive: true });
        for (const name of await visibleFiles(job.root))
          await cp(join(job.root, name), join(folder, name), { recursive: true });
      }
      // Terragrunt generates the backend block there.
      await writeFile(join(copies.terragrunt, 'backend.tf'), S3_BLOCK);
      for (const folder of Object.values(copies)) {
        await job.run(['init'], {}, folder);
        if (workspace !== 'default' && folder !== copies.whole) {
          await expectFailure(job.tryRun(['plan'], {}, folder), HOLDS_OTHER(workspace));
          await expectFailure(
            job.tryRun(['apply', '-lock=false', '-auto-approve'], {}, folder),
            HOLDS_OTHER(workspace),
          );
          await job.run(['workspace', 'select', workspace], {}, folder);
        }
        expect(await job.run(['plan'], {}, folder)).toContain('No changes');
      }
      expect(await job.run([`-chdir=${job.root}`, 'plan'], {}, base)).toContain('No changes');
      await rm(copies.whole, { recursive: true });
    });

    it('a container without the state fails before it plans', async (context) => {
      const job = await startJob({ workspace, pulled: await pulledState(workspace) });
      await job.run(['init']);
      const inside = (...args: string[]) => runInMountNamespace(job.root, base, args);
      const plan = await inside('plan');
      if (plan === undefined) return context.skip(NO_NAMESPACES);
      const words =
        workspace === 'default'
          ? /this-folder-is-only-where-the-job-holds-the-state/
          : /is not on this machine or in this container/;
      await expectFailure(Promise.resolve(plan), words);
      for (const args of [
        ['apply', '-auto-approve'],
        ['plan', '-lock=false'],
      ]) {
        const result = await inside(...args);
        expect(result?.code, args.join(' ')).toBe(1);
      }
      expect(await job.run(['plan'])).toContain('No changes');
    });
  });

  describe('a saved plan in a container without the state', () => {
    const inside = async (job: Job) => await runInMountNamespace(job.root, base, ['apply', 'saved.tfplan']);
    const planned = async (workspace: string, pulled?: string) => {
      const job = await startJob({ workspace, ...(pulled === undefined ? {} : { pulled }) });
      await job.run(['init']);
      await job.run(['plan', '-out=saved.tfplan'], TWO_WORDS);
      return job;
    };

    it.for([
      ['default', /this-folder-is-only-where-the-job-holds-the-state/],
      ['staging', /Saved plan does not match the given state/],
    ] as const)('fails before it is applied (%s)', async ([workspace, words], context) => {
      const job = await planned(workspace, await pulledState(workspace));
      const result = await inside(job);
      if (result === undefined) return context.skip(NO_NAMESPACES);
      await expectFailure(Promise.resolve(result), words);
      expect(result.stdout).not.toContain('Creating');
      await job.run(['apply', 'saved.tfplan']);
      expect(await addresses(job.statePath)).toEqual(['one', 'two']);
    });

    it('of a first state fails before it is applied in the default workspace', async (context) => {
      const result = await inside(await planned('default'));
      if (result === undefined) return context.skip(NO_NAMESPACES);
      const words = /this-folder-is-only-where-the-job-holds-the-state/;
      await expectFailure(Promise.resolve(result), words);
      expect(result.stdout).not.toContain('Creating');
    });

    // Terraform mistakes a missing file for a state that doesn't exist yet, and no resource waits for the
    // check's variable.
    it('of a first state fails with a clear error, but only during the apply, in a named workspace', async (context) => {
      const result = await inside(await planned('staging'));
      if (result === undefined) return context.skip(NO_NAMESPACES);
      await expectFailure(Promise.resolve(result), /is not on this machine or in this container/);
    });
  });

  it.each([
    'rm -rf .terraform',
    'find .terraform -mindepth 1 -delete',
    'git init -q && echo .terraform > .gitignore && git clean -fdXq',
  ])('%s does not touch the pulled state', async (command) => {
    const job = await startJob({ pulled: await pulledState() });
    await job.run(['init']);
    execFileSync('sh', ['-c', command], { cwd: job.root });
    await job.run(['init']);
    expect(await job.run(['plan'])).toContain('No changes');
  });

  it("an archive from an earlier job that is unpacked after the hold doesn't replace the pulled state", async () => {
    const planJob = await startJob({ pulled: await pulledState() });
    await planJob.run(['init']);
    await planJob.run(['plan', '-out=saved.tfplan'], TWO_WORDS);
    const archive = join(base, 'archive');
    await cp(planJob.root, archive, { recursive: true, dereference: true });
    await planJob.end();
    const other = await startJob({ pulled: join(base, 'pulled-default.tfstate') });
    await other.run(['init']);
    await other.run(['apply', '-auto-approve'], { TF_VAR_words: '["one", "three"]' });
    const moved = join(base, 'moved.tfstate');
    await copyFile(other.statePath, moved);
    await other.end();
    const applyJob = await startJob({ pulled: moved });
    await cp(archive, applyJob.root, { recursive: true });
    expect(await readFile(applyJob.statePath)).toEqual(await readFile(moved));
    await expectFailure(applyJob.tryRun(['apply', 'saved.tfplan']), /Saved plan is stale/);
    // A cache of .terraform alone, too.
    await cp(join(archive, '.terraform'), join(applyJob.root, '.terraform'), { recursive: true });
    await applyJob.run(['init']);
    expect(await applyJob.run(['plan'], { TF_VAR_words: '["one", "three"]' })).toContain('No changes');
  });

  it('the override of a finished job fails with a clear error in a copy that was kept', async () => {
    const job = await startJob({ pulled: await pulledState() });
    const kept = join(base, 'kept');
    await cp(job.root, kept, { recursive: true });
    await job.end();
    await terraform(kept, ['init', '-reconfigure']);
    await expectFailure(terraform(kept, ['plan']), /this-folder-is-only-where-the-job-holds-the-state/);
  });

  it.each(['backend_override.tf', 'override.tf', 'zz_override.tf'])(
    'overrides a user’s own %s',
    async (name) => {
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
    },
  );

  it('overrides a cloud block', async () => {
    const job = await startJob({
      backendBlock:
        'terraform {\n  cloud {\n    organization = "o"\n    workspaces {\n      name = "w"\n    }\n  }\n}\n',
    });
    await job.run(['init']);
    await job.run(['apply', '-auto-approve']);
    expect(await exists(job.statePath)).toBe(true);
  });

  it.each(['.terraform', 'data'])(
    'a checkout that was initialised with another backend works and is restored afterwards (%s)',
    async (dataDirectory) => {
      const root = await checkout();
      const data = join(root, dataDirectory);
      await mkdir(data);
      await writeFile(join(data, 'terraform.tfstate'), s3Record());
      await writeFile(join(data, 'environment'), 'staging');
      const env = { TF_DATA_DIR: dataDirectory };
      const pulled = await pulledState('staging');
      const job = await startJob({ workspace: 'staging', root, dataDirectory, pulled });
      await job.run(['init', '-input=false'], env);
      expect(await job.run(['plan'], env)).toContain('No changes');
      await job.end();
      expect(await readFile(join(data, 'terraform.tfstate'), 'utf8')).toBe(s3Record());
      expect(await readFile(join(data, 'environment'), 'utf8')).toBe('staging');
    },
  );

  it("keeps two directories of one job apart, and doesn't affect one that isn't held", async () => {
    const one = await startJob();
    const two = await startJob({ workspace: 'staging' });
    for (const job of [one, two]) await job.run(['init']);
    await one.run(['apply', '-auto-approve']);
    await two.run(['apply', '-auto-approve'], TWO_WORDS);
    expect(await addresses(one.statePath)).toEqual(['one']);
    expect(await addresses(two.statePath)).toEqual(['one', 'two']);
    const root = await checkout('');
    await one.run(['init'], {}, root);
    await one.run(['workspace', 'new', 'prod'], {}, root);
    await one.run(['apply', '-auto-approve'], {}, root);
    expect(await one.run(['output', '-raw', 'workspace'], {}, root)).toBe('prod');
  });

  it('under a named workspace, `init` in a copy accepts the default one, but reads name the held one and nothing can be written, even by root', async () => {
    const job = await startJob({ workspace: 'staging', pulled: await pulledState('staging') });
    const inDefault = { TF_WORKSPACE: 'default' };
    await job.run(['init'], inDefault);
    const words = /only_another_workspace_is_held_by_this_job/;
    for (const args of [['output'], ['state', 'pull']])
      expect(await job.run(args, inDefault), args.join(' ')).toMatch(words);
    await expectFailure(job.tryRun(['output', '-raw', 'workspace'], inDefault), /not found/);
    await expectFailure(job.tryRun(['show'], inDefault), words);
    await copyFile(job.statePath, join(job.root, 'other.tfstate'));
    await expectFailure(job.tryRun(PUSH, inDefault), HOLDS_OTHER('staging'));
    await expectFailure(
      job.tryRun([...PUSH.slice(0, 2), '-lock=false', '-force', 'other.tfstate'], inDefault),
      /terraform\.tfstate\.backup/,
    );
    await expectFailure(
      job.tryRun(['destroy', '-auto-approve', '-lock=false'], inDefault),
      HOLDS_OTHER('staging'),
    );
    expect(await findOtherStates(job.preparation.stateDirectory, 'staging', job.statePath)).toEqual([]);
    await job.end();
  });

  it('before the first apply in a named workspace, the default one reads as empty', async () => {
    const job = await startJob({ workspace: 'staging' });
    await job.run(['init'], { TF_WORKSPACE: 'default' });
    expect(await job.run(['output'], { TF_WORKSPACE: 'default' })).toMatch(NOTHING);
  });

  it("a held module that another one calls is independent of the caller's workspace", async () => {
    const job = await startJob({ workspace: 'staging', backendBlock: '' });
    const root = await mkdtemp(join(base, 'caller-'));
    await writeFile(join(root, 'main.tf'), `module "net" {\n  source = "../${basename(job.root)}"\n}\n`);
    await job.run(['init'], {}, root);
    expect(await job.run(['plan'], {}, root)).toContain('1 to add');
  });
});

/** Runs terraform without root, as most runners do, so permissions apply. */
async function runAsUser(
  { root, preparation }: Job,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<TerraformResult> {
  if (!isRoot) return await terraform(root, args, env);
  execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, base, preparation.stateDirectory]);
  const ids = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
  const program = startProcess('setpriv', [...ids, 'terraform', ...args], {
    cwd: root,
    env: { ...terraformEnv(), ...env },
    onLine: () => {},
  });
  const { exitCode } = await program.end;
  return { code: exitCode, stdout: program.rawStdout(), stderr: program.rawStderr() };
}

async function visibleFiles(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => !name.startsWith('.'));
}

/** What `terraform init` with our backend block leaves in `.terraform` (Terraform 1.11). */
function s3Record(): string {
  const config = { bucket: 'bucket', key: 'app.tfstate', region: 'us-east-1' };
  const record = { version: 3, terraform_version: '1.11.4', backend: { type: 's3', config, hash: 1 } };
  return JSON.stringify(record);
}
