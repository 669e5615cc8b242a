import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { putItem, putObject } from '../support/aws.ts';
import { appliedState, encryptedState, SENSITIVE, stateText } from './states.ts';
import {
  describeInProcess,
  describePackaged,
  findErrors,
  md5,
  openTestbed,
  type Testbed,
  type TestbedJob,
} from './support.ts';

describePackaged('main fails after it has the lock', () => {
  it('expect_fingerprint: a state that changed since the plan is refused, with both fingerprints and who changed it', async () => {
    const testbed = await openTestbed({ role: true });
    await testbed.seed(stateText());
    const planned = await testbed.job();
    const { fingerprint = '' } = (await planned.main()).outputs;
    await planned.post();
    const mover = await testbed.job({ actor: 'mallory', runId: '9000' });
    await mover.main();
    await mover.change(appliedState());
    await mover.post();
    const job = await testbed.job({ with: { expect_fingerprint: fingerprint } });
    const main = await job.main();
    expect(findErrors(main)).toContain('has changed since the plan was made; nothing was applied.');
    expect(findErrors(main)).toContain(`expected (expect_fingerprint): ${fingerprint}`);
    expect(findErrors(main)).toMatch(/by mallory in https:\/\/\S+\/actions\/runs\/9000\/attempts\/1/);
    expect(main).toMatchObject({ exitCode: 1, outputs: {} });
    await expectNothingLeft(testbed, job, appliedState());
  });
});

describeInProcess('main fails after it has the lock', () => {
  it.for([
    {
      title: 'the state is not JSON',
      text: `<html>${SENSITIVE}</html>`,
      reason: 'is not a usable Terraform state: it stops being JSON at byte 0',
    },
    {
      title: 'the state ends in the middle',
      text: stateText().slice(0, 400),
      reason: 'Restore an earlier version',
    },
    {
      title: 'the state is of format 3',
      text: '{"version":3,"serial":1}',
      reason: 'The action supports only version 4 of the format',
    },
    {
      title: 'the state is encrypted without a readable serial',
      text: encryptedState().replace(/"serial": ?\d+, ?/, ''),
      reason: 'it is encrypted by OpenTofu, without a serial or lineage beside it',
    },
  ])('$title: it says so, frees the lock and leaves nothing', async ({ text, reason }) => {
    const testbed = await openTestbed({ role: true });
    await testbed.seed(text);
    const job = await testbed.job();
    const main = await job.main();
    expect(findErrors(main)).toContain(`s3://${testbed.fixture.bucket}/${testbed.objectKey}`);
    expect(findErrors(main)).toContain(reason);
    expect(main.log).not.toContain(SENSITIVE);
    expect(main).toMatchObject({ exitCode: 1, conclusion: 'failure', outputs: {} });
    expect(main.log).toContain('Released the lock.');
    await expectNothingLeft(testbed, job, text);
  });

  it('a digest of other content: waits 10 s as Terraform does, then shows both checksums and the repair', async () => {
    const testbed = await openTestbed({ role: true });
    await putObject(testbed.clients, testbed.fixture.bucket, testbed.objectKey, stateText());
    await putItem(testbed.clients, testbed.fixture.table, `${testbed.lockId}-md5`, { Digest: md5('newer') });
    const job = await testbed.job();
    const main = await job.main();
    expect(findErrors(main)).toContain(`Calculated checksum: ${md5(stateText())}`);
    expect(findErrors(main)).toContain(`Stored checksum:     ${md5('newer')}`);
    expect(findErrors(main)).toContain('aws dynamodb put-item --region us-east-1');
    expect(main.log).toContain('Reading again in 2s');
    expect(main.exitCode).toBe(1);
    await expectNothingLeft(testbed, job, stateText());
  });

  it('waits for an object that appears late', async () => {
    const testbed = await openTestbed({ role: true });
    await testbed.seed(stateText());
    await putItem(testbed.clients, testbed.fixture.table, `${testbed.lockId}-md5`, {
      Digest: md5(appliedState()),
    });
    const job = await testbed.job();
    const stage = await job.startMain();
    await stage.waitForLine(/Reading again in 2s/);
    await testbed.seed(appliedState());
    const main = await stage.done;
    expect(main.exitCode).toBe(0);
    expect(main.outputs.serial).toBe('8');
  });

  it('expect_fingerprint: the state of the plan is handed over', async () => {
    const testbed = await openTestbed({ role: true });
    await testbed.seed(stateText());
    const planned = await testbed.job();
    const { fingerprint = '' } = (await planned.main()).outputs;
    await planned.post();
    const job = await testbed.job({ with: { expect_fingerprint: fingerprint } });
    expect((await job.main()).exitCode).toBe(0);
  });

  it('expect_fingerprint: a plan may be based on "no state yet", too', async () => {
    const testbed = await openTestbed({ role: true });
    const planned = await testbed.job();
    const { fingerprint = '' } = (await planned.main()).outputs;
    await planned.post();
    const job = await testbed.job({ with: { expect_fingerprint: fingerprint } });
    expect((await job.main()).exitCode).toBe(0);
    await job.post();
    await testbed.seed(stateText());
    const late = await testbed.job({ with: { expect_fingerprint: fingerprint } });
    expect((await late.main()).exitCode).toBe(1);
    expect(await testbed.lock()).toBeUndefined();
  });

  it('gates refuse together, under the lock and before any step: each is named, and the first is the reason code', async () => {
    const testbed = await openTestbed({ role: true });
    await testbed.seed(stateText());
    const gates = {
      expect_serial: '6',
      expect_lineage: 'another',
      plan_json: 'plan.json',
      forbid_destroy: 'true',
    };
    const job = await testbed.job({ with: gates });
    await writeFile(join(job.workspace, 'plan.json'), PLAN);
    const main = await job.main();
    expect(main).toMatchObject({ exitCode: 1, outputs: { reason_code: 'lineage_mismatch' } });
    expect(JSON.parse(main.outputs.result ?? '')).toMatchObject({
      ok: false,
      gates: ['lineage_mismatch', 'serial_mismatch', 'destroy_forbidden'],
      destroys: ['aws_db_instance.main'],
    });
    expect(findErrors(main)).toContain('expected (expect_lineage): another');
    expect(findErrors(main)).toContain('has serial 7, but expect_serial demands 6');
    expect(findErrors(main)).toContain('aws_db_instance.main (replaced)');
    expect(main.log).not.toContain(SENSITIVE);
    await expectNothingLeft(testbed, job, stateText());
  });

  it('gates that hold let the job continue; an invalid plan_json is refused before the lock', async () => {
    const testbed = await openTestbed({ role: true });
    await testbed.seed(stateText());
    const gates = {
      expect_serial: '7',
      require_existing_state: 'true',
      plan_json: 'plan.json',
      forbid_destroy: 'aws_db_instance.*\naws_s3_bucket.*',
      allow_destroy: 'aws_db_instance.main',
    };
    const job = await testbed.job({ with: gates });
    testbed.proxy.reset();
    const early = await job.main();
    expect(early).toMatchObject({ exitCode: 1, outputs: { reason_code: 'invalid_input' } });
    expect(findErrors(early)).toContain('plan.json": there is no such file');
    expect(testbed.calls()).toEqual([]);
    await writeFile(join(job.workspace, 'plan.json'), PLAN);
    expect(await job.main()).toMatchObject({ exitCode: 0, outputs: { reason_code: 'held' } });
  });
});

const PLAN = JSON.stringify({
  format_version: '1.2',
  resource_changes: [
    { address: 'aws_db_instance.main', change: { actions: ['delete', 'create'], before: { p: SENSITIVE } } },
  ],
});

async function expectNothingLeft(testbed: Testbed, job: TestbedJob, text: string): Promise<void> {
  expect(await testbed.lock()).toBeUndefined();
  expect(job.privateDirectories()).toEqual([]);
  const post = await job.post();
  expect(post.exitCode).toBe(0);
  expect(post.log).toContain('Nothing to do');
  expect(post.summary).toBe('');
  expect(await testbed.object()).toBe(text);
}
