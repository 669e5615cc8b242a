import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { awsClients, createStateFixture, readItem, readObject } from '../support/aws.ts';
import { startProxy } from '../support/proxy.ts';
import { s3BackendBlock, terraform, writeConfig } from '../support/terraform.ts';

const motoUrl = inject('motoUrl');

describe.skipIf(!motoUrl || !inject('terraform'))('the real terraform against moto', () => {
  const aws = awsClients(motoUrl ?? '');
  afterAll(() => aws.destroy());

  it('inits, applies and leaves a state and a digest', async () => {
    const { bucket, table } = await createStateFixture(aws);
    const proxy = await startProxy(motoUrl ?? '', { serialise: true });
    const dir = await mkdtemp(join(tmpdir(), 'terraform-test-'));
    await writeConfig(dir, {
      'backend.tf': s3BackendBlock({ endpoint: proxy.url, bucket, key: 'app.tfstate', table }),
      'main.tf': 'resource "terraform_data" "one" {\n  input = 1\n}\n',
    });
    const init = await terraform(dir, ['init']);
    expect(init.stderr).toBe('');
    const apply = await terraform(dir, ['apply', '-auto-approve']);
    expect(apply).toMatchObject({ code: 0, stderr: '' });
    expect(apply.stdout).toContain('Apply complete! Resources: 1 added');
    const pull = await terraform(dir, ['state', 'pull']);
    expect(JSON.parse(pull.stdout).serial).toBe(1);
    expect((await readObject(aws, bucket, 'app.tfstate'))?.toString()).toContain('terraform_data');
    expect(await readItem(aws, table, `${bucket}/app.tfstate-md5`)).toHaveProperty('Digest');
    expect(proxy.requests.map(({ operation }) => operation)).toContain('PutItem');
    expect(proxy.requests.filter(({ service }) => service === 'other')).toEqual([]);
    await proxy.stop();
    await rm(dir, { recursive: true });
  });
});
