import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { headObject } from '../support/aws.ts';
import { appliedState, LINEAGE, stateText } from './states.ts';
import { describePackaged, findErrors, findWarnings, md5, openTestbed, toText } from './support.ts';

describePackaged('a job that changes its state', () => {
  it('pulls the state under the lock and shows its facts, not its content', async () => {
    const testbed = await openTestbed({ role: true, versioning: true });
    await testbed.seed(stateText());
    const job = await testbed.job();
    const main = await job.main();
    expect(main).toMatchObject({ exitCode: 0, conclusion: 'success', rawStderr: '' });
    expect(await toText(main.outputs.state_path)).toBe(stateText());
    const head = await headObject(testbed.clients, testbed.fixture.bucket, testbed.objectKey);
    const lock = JSON.parse((await testbed.lock()) ?? '{}');
    expect(main.outputs).toEqual({
      state_path: main.outputs.state_path,
      state_exists: 'true',
      workspace: 'default',
      serial: '7',
      lineage: LINEAGE,
      terraform_version: '1.11.4',
      digest: md5(stateText()),
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      version_id: head?.VersionId,
      lock_id: lock.ID,
      plan_id: '',
      plan_path: '',
      reason_code: 'held',
      result: main.outputs.result,
    });
    expect(JSON.parse(main.outputs.result ?? '')).toEqual({
      schema_version: 1,
      ok: true,
      reason_code: 'held',
      fingerprint: main.outputs.fingerprint,
      state: { bucket: testbed.fixture.bucket, key: testbed.objectKey, workspace: 'default' },
      lock: { id: lock.ID, waited_seconds: 0 },
      waited_seconds: 0,
    });
    expect(main.groups.map(({ title }) => title)).toEqual(['Lock the state', 'Pull the state']);
    expect(lock).toMatchObject({ Operation: 'terraform-s3-state', Who: 'octocat@GitHub Actions 12' });
    expect(lock.Info).toContain(
      'https://github.com/octo-org/infrastructure/actions/runs/1658821493/attempts/1',
    );
  });

  it('pushes the new state with its digest, frees the lock and removes the local files', async () => {
    const testbed = await openTestbed({ role: true });
    await testbed.seed(stateText());
    const job = await testbed.job();
    await job.main();
    await job.change(appliedState());
    const post = await job.post();
    expect(post).toMatchObject({ exitCode: 0, conclusion: 'success', rawStderr: '' });
    expect(await testbed.object()).toBe(appliedState());
    expect(await testbed.digest()).toBe(md5(appliedState()));
    expect(await testbed.lock()).toBeUndefined();
    expect(job.privateDirectories()).toEqual([]);
    expect(job.orphans()).toEqual([]);
    expect(post.groups.map(({ title }) => title)).toEqual(['Push the state', 'Release the lock']);
    expect(post.groups[0]?.lines.join()).toContain(`Pushed serial 8, ${appliedState().length} bytes`);
    expect(post.groups[1]?.lines.join()).toContain('Released the lock, held for');
  });

  it('shows one block on the job page: serials, resources by address, the lock', async () => {
    const testbed = await openTestbed();
    await testbed.seed(stateText());
    const job = await testbed.job();
    const main = await job.main();
    await job.change(appliedState());
    const { summary } = await job.post();
    expect(main.summary).toBe('');
    expect(summary.match(/^### /gm)).toHaveLength(1);
    expect(summary).toContain('### 🔒 Terraform state: pushed');
    expect(summary).toContain(`<code>s3://${testbed.fixture.bucket}/network/app.tfstate</code>`);
    expect(summary).toContain('<td>7 → 8</td>');
    expect(summary).toContain('1 added, 0 changed, 0 removed');
    expect(summary).toContain('<code>terraform_data.second</code>');
    expect(summary).toMatch(/waited \d+s, held \d+s, released/);
    const bars = /```mermaid\ngantt\n([\s\S]*?)```/.exec(summary)?.[1] ?? '';
    const names = Array.from(bars.matchAll(/^ +(\w+) [\dsm ]+:/gm), ([, name]) => name);
    expect(names.filter((name) => name !== 'checkpoint')).toEqual([
      'waited',
      'held',
      'pulled',
      'steps',
      'pushed',
      'released',
    ]);
  });

  it('works when a Windows runner reads the command files', async () => {
    const testbed = await openTestbed({ role: true });
    await testbed.seed(stateText());
    const job = await testbed.job({ windowsLineEnds: true });
    const main = await job.main();
    expect(main).toMatchObject({ conclusion: 'success', fileCommandError: undefined });
    expect(main.outputs.serial).toBe('7');
    await job.change(appliedState());
    const post = await job.post();
    expect(post).toMatchObject({ conclusion: 'success', fileCommandError: undefined });
    expect(await testbed.object()).toBe(appliedState());
    expect(await testbed.lock()).toBeUndefined();
  });

  it('works under the lock of a named workspace', async () => {
    const testbed = await openTestbed({ workspace: 'staging' });
    await testbed.seed(stateText());
    const job = await testbed.job();
    const main = await job.main();
    expect(findErrors(main)).toBe('');
    expect(main.outputs.workspace).toBe('staging');
    expect(JSON.parse((await testbed.lock()) ?? '{}').Path).toBe(
      `${testbed.fixture.bucket}/env:/staging/network/app.tfstate`,
    );
    await job.change(appliedState());
    // As root's Terraform does with TF_WORKSPACE=dev, even if it only reads.
    mkdirSync(join(job.stateDirectory, 'only-staging-is-held/dev'));
    const post = await job.post();
    expect(await testbed.object()).toBe(appliedState());
    expect(post.summary).toContain('Terraform state of staging: pushed');
    expect(findWarnings(post)).toMatch(/worked in the workspace dev, .* Select staging/);
  });

  it('names the action, its version, the run and the attempt in the user agent of each call', async () => {
    const testbed = await openTestbed({ role: true });
    const job = await testbed.job({ runId: '4711', runAttempt: '3' });
    await job.main();
    await job.change(appliedState());
    await job.post();
    expect(testbed.proxy.requests.length).toBeGreaterThan(5);
    for (const { headers } of testbed.proxy.requests) {
      expect(headers['user-agent']).toMatch(/terraform-s3-state\/?.*1\.0\.0 md\/run_id.4711 md\/attempt.3/);
    }
  });
});
