import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { appliedState, stateText } from '../packaged/states.ts';
import { errorsOf, md5, warningsOf } from '../packaged/support.ts';
import { createJob } from '../support/runner.ts';
import { s3BackendBlock, terraform, writeConfig } from '../support/terraform.ts';
import { useFreeze, useHistory, useStoredPlan, useWorkspaces } from './actions.ts';
import { type Dynalite, startDynalite } from './dynalite.ts';
import { openPeerPlace, STATE_KEY } from './peer-place.ts';

const motoUrl = inject('motoUrl') ?? '';

describe.skipIf(motoUrl === '')('a table in dynalite, which knows no transactions', () => {
  let dynalite: Dynalite;
  beforeAll(async () => {
    dynalite = await startDynalite();
  });
  afterAll(() => dynalite.stop());
  const open = () => openPeerPlace({ s3: motoUrl, dynamodb: dynalite.url });

  it('a lock, a push, its digest, a release', async () => {
    const place = await open();
    for (const text of [stateText(), appliedState()]) {
      const { main, change, post } = await place.hold();
      expect(main.outputs.reason_code).toBe('held');
      expect(JSON.parse((await place.item(place.lockId))?.Info ?? '')).toMatchObject({
        ID: main.outputs.lock_id,
      });
      await change(text);
      const end = await post();
      expect([end.exitCode, errorsOf(end), warningsOf(end)]).toEqual([0, '', '']);
      expect(await place.state()).toBe(text);
      expect(await place.item(`${place.lockId}-md5`)).toEqual({
        LockID: `${place.lockId}-md5`,
        Digest: md5(text),
      });
      expect(await place.item(place.lockId)).toBeUndefined();
    }
  });

  it('a second job is told who holds it', async () => {
    const place = await open();
    const first = await place.hold();
    const second = await place.hold();
    expect(second.main.outputs.reason_code).toBe('lock_held');
    expect(errorsOf(second.main)).toContain(first.main.outputs.lock_id);
    expect((await second.post()).exitCode).toBe(0);
    expect(await place.item(place.lockId)).toBeDefined();
    expect((await first.post()).exitCode).toBe(0);
    expect(await place.item(place.lockId)).toBeUndefined();
  });

  it('checkpoints and heartbeats go on while the job runs', async () => {
    const place = await open();
    const { change, post } = await place.hold({ checkpoint_interval: '1s' });
    await change(stateText());
    await expect.poll(() => place.state(), { timeout: 20_000 }).toBe(stateText());
    await expect
      .poll(async () => (await place.item(`${place.lockId}-md5`))?.Digest, { timeout: 20_000 })
      .toBe(md5(stateText()));
    const end = await post();
    expect([end.exitCode, errorsOf(end)]).toEqual([0, '']);
    expect(await place.item(place.lockId)).toBeUndefined();
  });

  it.each([
    ['workspaces/', useWorkspaces],
    ['a plan in the vault', useStoredPlan],
    ['history/', useHistory],
    ['freeze/', useFreeze],
  ])('%s', async (_, use) => {
    await use(await openPeerPlace({ s3: motoUrl, dynamodb: dynalite.url }, { versioning: true }));
  });

  it.skipIf(inject('terraform') === undefined)('Terraform takes and meets the same lock', async () => {
    const place = await open();
    const job = await createJob();
    onTestFinished(() => job.dispose());
    const endpoints = `{ s3 = "${motoUrl}", dynamodb = "${dynalite.url}", sts = "${motoUrl}" }`;
    const { bucket, table } = place;
    const block = s3BackendBlock({ endpoint: motoUrl, bucket, key: STATE_KEY, table, extra: { endpoints } });
    await writeConfig(job.workspace, { 'main.tf': `${block}\nresource "terraform_data" "one" {}\n` });
    expect(await terraform(job.workspace, ['init'])).toMatchObject({ code: 0 });
    expect(await terraform(job.workspace, ['apply', '-auto-approve'])).toMatchObject({ code: 0 });
    const held = await place.hold();
    expect(held.main.outputs).toMatchObject({ reason_code: 'held', state_exists: 'true' });
    const plan = await terraform(job.workspace, ['plan']);
    expect(plan.code).toBe(1);
    expect(plan.stderr).toContain(held.main.outputs.lock_id);
    expect((await held.post()).exitCode).toBe(0);
    expect(await terraform(job.workspace, ['plan'])).toMatchObject({ code: 0 });
  });
});
