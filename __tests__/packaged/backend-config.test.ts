import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { REGION } from '../support/aws.ts';
import { createJob, type Job } from '../support/runner.ts';
import { s3BackendBlock } from '../support/terraform.ts';
import { describePackaged, ENV_KEYS, findErrors, md5, openTestbed, type Testbed } from './support.ts';

const KEY = 'network/app.tfstate';
const STATE = JSON.stringify({ version: 4, serial: 3, lineage: 'l', outputs: {}, resources: [] });
const ROOT = join(import.meta.dirname, '../..');

describePackaged('settings from the repository', () => {
  it('a backend block and working_directory suffice to hold the state', async () => {
    const testbed = await openTestbed();
    await testbed.seed(STATE);
    const job = await checkout({ 'infra/main.tf': renderBlock(testbed) });
    const main = await job.run('main', {
      with: { working_directory: 'infra', trust_repository: 'true', checkpoint_interval: '0s' },
    });
    expect(main).toMatchObject({ exitCode: 0, outputs: { reason_code: 'held' } });
    expect(main.log).toMatch(/^Settings: bucket, key, .* from infra\/main\.tf\.?$/m);
    expect(await testbed.lock()).toBeDefined();
    const post = await job.run('post', { omitInputs: true });
    expect(post).toMatchObject({ exitCode: 0 });
    expect(await testbed.lock()).toBeUndefined();
    expect(await testbed.digest()).toBe(md5(STATE));
  });

  it('unlock and outputs read them, too', async () => {
    const testbed = await openTestbed();
    await testbed.seed(STATE);
    const files = { 'infra/main.tf': renderBlock(testbed) };
    const inputs = { working_directory: 'infra', trust_repository: 'true' };
    const outputs = await checkout(files, 'outputs');
    const read = await outputs.run('main', { with: { ...inputs, publish: 'none' } });
    expect(read).toMatchObject({ exitCode: 0, outputs: { serial: '3' } });
    const unlock = await checkout(files, 'unlock');
    const freed = await unlock.run('main', { with: { ...inputs, force: 'true' } });
    expect(freed).toMatchObject({ exitCode: 0, outputs: { found: 'false' } });
  });

  it('a partial block gets the rest from backend_config, and inputs win', async () => {
    const testbed = await openTestbed();
    const { bucket, table } = testbed.fixture;
    const files = {
      'infra/main.tf': 'terraform {\n  backend "s3" {\n    bucket = "no-such-bucket-at-all"\n  }\n}\n',
      'infra/prod.s3.tfbackend': `bucket = "${bucket}"\nkey = "from-the-file"\nregion = "${REGION}"\n`,
    };
    const job = await checkout(files);
    const { url } = testbed.proxy;
    const main = await job.run('main', {
      with: {
        working_directory: 'infra',
        key: KEY,
        backend_config: `prod.s3.tfbackend\ndynamodb_table=${table}\nuse_path_style=true\nendpoints={ s3 = "${url}", dynamodb = "${url}", sts = "${url}" }\n`,
        checkpoint_interval: '0s',
      },
    });
    expect(main).toMatchObject({ exitCode: 0, annotations: [] });
    expect(await testbed.lock()).toBeDefined();
    expect((await job.run('post', { omitInputs: true })).exitCode).toBe(0);
  });

  it("a value that isn't constant or supported is an error with its line, and nothing is touched", async () => {
    const testbed = await openTestbed();
    const job = await checkout({
      'infra/main.tf':
        'terraform {\n  backend "s3" {\n    bucket = var.bucket\n    key = "k"\n    endpoints = { sso = "https://x" }\n  }\n}\n',
    });
    const main = await job.run('main', { with: { working_directory: 'infra' } });
    expect(main.exitCode).toBe(1);
    expect(findErrors(main)).toContain('infra/main.tf:3: bucket is not a constant (var.bucket)');
    expect(findErrors(main)).toContain('infra/main.tf:5: endpoints.sso: this action does not support it');
    expect(testbed.proxy.requests).toEqual([]);
  });
});

/** A complete backend block, as used on a laptop. */
function renderBlock({ fixture, proxy }: Testbed): string {
  return s3BackendBlock({ endpoint: proxy.url, bucket: fixture.bucket, key: KEY, table: fixture.table });
}

/** A job of one of the actions, with these files in its checkout and no input of the testbed. */
async function checkout(files: Record<string, string>, action = '.'): Promise<Job> {
  const job = await createJob({ env: ENV_KEYS, actionDir: join(ROOT, action) });
  onTestFinished(() => job.dispose());
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(job.workspace, name, '..'), { recursive: true });
    await writeFile(join(job.workspace, name), text);
  }
  return job;
}
