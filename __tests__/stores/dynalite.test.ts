import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { appliedState, stateText } from '../packaged/states.ts';
import { findErrors, findWarnings, md5 } from '../packaged/support.ts';
import { createJob } from '../support/runner.ts';
import { s3BackendBlock, terraform, writeConfig } from '../support/terraform.ts';
import { USES_WITH_LOCK_FILE } from './actions.ts';
import { type Dynalite, startDynalite } from './dynalite.ts';
import { openPeerTestbed, STATE_KEY } from './peer-testbed.ts';

const motoUrl = inject('motoUrl') ?? '';

describe.skipIf(motoUrl === '')('a table in dynalite, which has no transactions', () => {
  let dynalite: Dynalite;
  beforeAll(async () => {
    dynalite = await startDynalite();
  });
  afterAll(() => dynalite.stop());
  const open = () => openPeerTestbed({ s3: motoUrl, dynamodb: dynalite.url });

  it('takes a lock, a push with its digest, and a release', async () => {
    const testbed = await open();
    for (const text of [stateText(), appliedState()]) {
      const { main, change, post } = await testbed.hold();
      expect(main.outputs.reason_code).toBe('held');
      expect(JSON.parse((await testbed.item(testbed.lockId))?.Info ?? '')).toMatchObject({
        ID: main.outputs.lock_id,
      });
      await change(text);
      const end = await post();
      expect([end.exitCode, findErrors(end), findWarnings(end)]).toEqual([0, '', '']);
      expect(await testbed.state()).toBe(text);
      expect(await testbed.item(`${testbed.lockId}-md5`)).toEqual({
        LockID: `${testbed.lockId}-md5`,
        Digest: md5(text),
      });
      expect(await testbed.item(testbed.lockId)).toBeUndefined();
    }
  });

  it('shows a second job who holds the lock', async () => {
    const testbed = await open();
    const first = await testbed.hold();
    const second = await testbed.hold();
    expect(second.main.outputs.reason_code).toBe('lock_held');
    expect(findErrors(second.main)).toContain(first.main.outputs.lock_id);
    expect((await second.post()).exitCode).toBe(0);
    expect(await testbed.item(testbed.lockId)).toBeDefined();
    expect((await first.post()).exitCode).toBe(0);
    expect(await testbed.item(testbed.lockId)).toBeUndefined();
  });

  it('takes checkpoints and heartbeats while the job runs', async () => {
    const testbed = await open();
    const { change, post } = await testbed.hold({ checkpoint_interval: '1s' });
    await change(stateText());
    await expect.poll(() => testbed.state(), { timeout: 20_000 }).toBe(stateText());
    await expect
      .poll(async () => (await testbed.item(`${testbed.lockId}-md5`))?.Digest, { timeout: 20_000 })
      .toBe(md5(stateText()));
    const end = await post();
    expect([end.exitCode, findErrors(end)]).toEqual([0, '']);
    expect(await testbed.item(testbed.lockId)).toBeUndefined();
  });

  it.each(USES_WITH_LOCK_FILE)('%s', async (_, use) => {
    await use(await openPeerTestbed({ s3: motoUrl, dynamodb: dynalite.url }, { versioning: true }));
  });

  it.skipIf(inject('terraform') === undefined)('has the same lock for Terraform', async () => {
    const testbed = await open();
    const job = await createJob();
    onTestFinished(() => job.dispose());
    const endpoints = `{ s3 = "${motoUrl}", dynamodb = "${dynalite.url}", sts = "${motoUrl}" }`;
    const { bucket, table } = testbed;
    const block = s3BackendBlock({ endpoint: motoUrl, bucket, key: STATE_KEY, table, extra: { endpoints } });
    await writeConfig(job.workspace, { 'main.tf': `${block}\nresource "terraform_data" "one" {}\n` });
    expect(await terraform(job.workspace, ['init'])).toMatchObject({ code: 0 });
    expect(await terraform(job.workspace, ['apply', '-auto-approve'])).toMatchObject({ code: 0 });
    const held = await testbed.hold();
    expect(held.main.outputs).toMatchObject({ reason_code: 'held', state_exists: 'true' });
    const plan = await terraform(job.workspace, ['plan']);
    expect(plan.code).toBe(1);
    expect(plan.stderr).toContain(held.main.outputs.lock_id);
    expect((await held.post()).exitCode).toBe(0);
    expect(await terraform(job.workspace, ['plan'])).toMatchObject({ code: 0 });
  });
});
