import * as v from 'valibot';
import { expect, it } from 'vitest';
import { deleteItem, putObject } from '../support/aws.ts';
import { deleteObject } from '../support/backend.ts';
import type { StageResult } from '../support/runner.ts';
import { runHistory } from './history-step.ts';
import { appliedState, encryptedState, OTHER_LINEAGE, SENSITIVE, stateText } from './states.ts';
import {
  describeInProcess,
  describePackaged,
  findErrors,
  md5,
  openTestbed,
  type Testbed,
} from './support.ts';
import { findNotices, lockInfo } from './unlock-step.ts';

const Versions = v.array(
  v.looseObject({
    version_id: v.string(),
    kind: v.string(),
    current: v.boolean(),
    serial: v.nullable(v.string()),
    changes: v.nullable(v.number()),
    restored_from: v.nullable(v.string()),
    by: v.nullable(v.object({ actor: v.string(), run: v.string() })),
    problem: v.nullable(v.string()),
  }),
);

const readList = ({ outputs }: StageResult) => v.parse(Versions, JSON.parse(outputs.versions ?? ''));
const readResult = ({ outputs }: StageResult): unknown => JSON.parse(outputs.result ?? '');
const readSerials = (stage: StageResult) => readList(stage).map(({ serial }) => serial);

const versioned = () => openTestbed();
const restore = (testbed: Testbed, inputs: Record<string, string>) =>
  runHistory(testbed, { command: 'restore', ...inputs });

const THIRD = stateText({ serial: 9, resources: ['second', 'third'], value: 'other' });

/** The author of the state before `stateText`, applied by one of our jobs. */
async function applyInJob(testbed: Testbed, text: string): Promise<void> {
  const job = await testbed.job();
  expect((await job.main()).exitCode).toBe(0);
  await job.change(text);
  expect((await job.post()).exitCode).toBe(0);
}

describePackaged('history/', () => {
  it('restores a version as the newest with only its serial changed, even after a deletion, and a repeat changes nothing', async () => {
    const testbed = await versioned();
    const { clients, fixture, objectKey } = testbed;
    await testbed.seed(stateText());
    await testbed.seed(THIRD);
    const restored = await restore(testbed, { steps_back: '1', use_lockfile: 'true' });
    expect(restored).toMatchObject({ exitCode: 0, outputs: { reason_code: 'restored', serial: '10' } });
    expect(await testbed.object()).toBe(stateText({ serial: 10 }));
    expect(await testbed.digest()).toBe(md5(stateText({ serial: 10 })));
    expect(await testbed.lock()).toBeUndefined();
    const [now, , first] = readList(await runHistory(testbed, { command: 'list' }));
    expect(now).toMatchObject({ version_id: restored.outputs.version_id, by: { actor: 'octocat' } });
    expect(now?.restored_from).toBe(first?.version_id);
    expect(await restore(testbed, { serial: '7' })).toMatchObject({
      exitCode: 0,
      outputs: { reason_code: 'unchanged', serial: '10' },
    });

    // The digest stays, as after any deletion of an object.
    await deleteObject(clients, fixture.bucket, objectKey);
    const back = await restore(testbed, { serial: '9' });
    expect(back).toMatchObject({ exitCode: 0, outputs: { reason_code: 'restored', serial: '11' } });
    expect(await testbed.object()).toBe(THIRD.replace('"serial": 9', '"serial": 11'));
    expect(await testbed.digest()).toBe(md5((await testbed.object()) ?? ''));

    await deleteObject(clients, fixture.bucket, objectKey);
    await deleteItem(clients, fixture.table, `${testbed.lockId}-md5`);
    expect((await restore(testbed, { steps_back: '1' })).outputs.serial).toBe('12');
    const all = await runHistory(testbed, { command: 'list' });
    // In one second a delete marker may lie on either side of a state.
    expect(readSerials(all).filter((serial) => serial !== null)).toEqual(['12', '11', '10', '9', '7']);
    expect(readList(all).filter(({ kind }) => kind === 'delete_marker')).toHaveLength(2);
    expect(all.summary).toContain('<b>deleted</b>');
    const job = await testbed.job();
    expect(await job.main()).toMatchObject({ exitCode: 0, outputs: { serial: '12' } });
    expect((await job.post()).exitCode).toBe(0);
  });
});

describeInProcess('history/', () => {
  it('lists each version with its author and changes, and compares any two with one read each', async () => {
    const testbed = await versioned();
    const { clients, fixture, objectKey } = testbed;
    await testbed.seed(stateText());
    await applyInJob(testbed, appliedState());
    await testbed.seed(THIRD);
    await putObject(clients, fixture.bucket, `${objectKey}.other`, '{}');
    testbed.proxy.reset();
    const listed = await runHistory(testbed, { command: 'list' });
    expect(listed).toMatchObject({ exitCode: 0, outputs: { reason_code: 'listed' } });
    const reads = Array(3).fill('s3 GetObject');
    expect(testbed.calls().toSorted()).toEqual([...reads, 's3 ListObjectVersions', 's3 ListObjectsV2']);
    const versions = readList(listed);
    expect(versions).toMatchObject([
      { serial: '9', changes: 3, current: true, by: null },
      { serial: '8', changes: 1, current: false, by: { actor: 'octocat' } },
      { serial: '7', changes: null, current: false, by: null },
    ]);
    expect(readResult(listed)).toMatchObject({ listed: 3, has_more: false, versioned: true });
    expect(listed.summary).toContain('octocat');
    const newest = await runHistory(testbed, { command: 'list', limit: '1' });
    expect(readList(newest)).toMatchObject([{ serial: '9', changes: 3 }]);
    expect(readResult(newest)).toMatchObject({ listed: 1, has_more: true });

    const last = await runHistory(testbed, { command: 'diff' });
    expect(last).toMatchObject({ exitCode: 0, outputs: { reason_code: 'compared' } });
    expect(last.outputs).toMatchObject({
      added: '["terraform_data.third"]',
      changed: '["terraform_data.second"]',
      removed: '["terraform_data.first"]',
    });
    const back = { command: 'diff', from: 'serial:8', to: versions[2]?.version_id ?? '' };
    const backwards = await runHistory(testbed, back);
    expect(backwards.outputs).toMatchObject({ added: '[]', removed: '["terraform_data.second"]' });
    for (const stage of [listed, last, backwards]) {
      expect(JSON.stringify([stage.log, stage.outputs, stage.summary])).not.toContain(SENSITIVE);
    }
    const missing = await runHistory(testbed, { command: 'diff', from: 'serial:6' });
    expect(missing).toMatchObject({ exitCode: 1, outputs: { reason_code: 'version_not_found' } });
    expect(findErrors(missing).split('\n')[0]).toContain('no version with serial 6');
  });

  it("restores nothing from another state, nothing encrypted or broken, and nothing under another's lock", async () => {
    const testbed = await versioned();
    await testbed.seed('no state');
    await testbed.seed(encryptedState());
    await testbed.seed(stateText({ serial: 30, lineage: OTHER_LINEAGE }));
    await testbed.seed(stateText());
    const refusals = [
      [{ steps_back: '1' }, 'other_lineage'],
      [{ steps_back: '2' }, 'state_encrypted'],
      [{ steps_back: '3' }, 'version_unusable'],
      [{ steps_back: '4' }, 'version_not_found'],
      [{ version: 'nonesuch' }, 'version_not_found'],
    ] as const;
    for (const [inputs, code] of refusals) {
      const refused = await restore(testbed, inputs);
      expect(refused).toMatchObject({ exitCode: 1, outputs: { reason_code: code } });
      expect(findErrors(refused).split('\n')[0]?.length).toBeLessThan(300);
    }
    expect((await runHistory(testbed, { command: 'diff', from: 'serial:7', to: 'serial:30' })).exitCode).toBe(
      0,
    );
    await testbed.putLock(lockInfo());
    expect((await restore(testbed, { serial: '30' })).outputs.reason_code).toBe('lock_held');
    await testbed.freeLock();
    expect(await testbed.object()).toBe(stateText());
    expect(readList(await runHistory(testbed, { command: 'list' }))).toHaveLength(4);

    // A restore over a broken state gets a serial above any that it may have had.
    await testbed.seed('{"version": 4, "serial"');
    const mended = await restore(testbed, { steps_back: '1' });
    expect(mended).toMatchObject({ exitCode: 0, outputs: { reason_code: 'restored', serial: '9' } });
    expect(await testbed.object()).toBe(stateText({ serial: 9 }));
  });

  it('without versioning lists the one object, says so, and has nothing to restore', async () => {
    const testbed = await openTestbed({ versioning: false });
    expect((await restore(testbed, { steps_back: '1' })).outputs.reason_code).toBe('no_versions');
    await testbed.seed(stateText());
    const listed = await runHistory(testbed, { command: 'list' });
    expect(readList(listed)).toMatchObject([{ version_id: 'null', serial: '7', current: true }]);
    expect(findNotices(listed).join()).toContain('keeps no versions');
    expect(await restore(testbed, { steps_back: '1' })).toMatchObject({
      exitCode: 1,
      outputs: { reason_code: 'not_versioned' },
    });
    expect((await runHistory(testbed, { command: 'diff' })).outputs.reason_code).toBe('not_versioned');
    expect(await testbed.lock()).toBeUndefined();
  });

  it('without versioning undoes any push or restore from its snapshot, and brings back a deleted state', async () => {
    const testbed = await openTestbed({ versioning: false });
    const { clients, fixture, objectKey } = testbed;
    await testbed.seed(stateText());
    await applyInJob(testbed, appliedState());
    await applyInJob(testbed, THIRD);
    const listed = await runHistory(testbed, { command: 'list' });
    const [now, before, first] = readList(listed);
    expect(now).toMatchObject({ kind: 'state', version_id: 'null', serial: '9', changes: 3, current: true });
    expect(before).toMatchObject({ kind: 'snapshot', serial: '8', changes: 1, by: { actor: 'octocat' } });
    expect(before?.version_id).toBe(`snapshot:8-${md5(appliedState())}`);
    expect(first).toMatchObject({ kind: 'snapshot', serial: '7', current: false, by: null });
    expect(readResult(listed)).toMatchObject({ listed: 3, versioned: false });
    expect((await runHistory(testbed, { command: 'diff' })).outputs.removed).toBe('["terraform_data.first"]');

    expect((await restore(testbed, { steps_back: '1' })).outputs).toMatchObject({ serial: '10' });
    const restored = appliedState({ serial: 10 });
    expect(await testbed.object()).toBe(restored);
    // Of two objects with the same bytes, only one counts as a step.
    await putObject(clients, fixture.bucket, `${objectKey}.backup/10-${md5(restored)}`, restored);
    expect((await restore(testbed, { steps_back: '1' })).outputs).toMatchObject({ serial: '11' });
    expect(await testbed.object()).toBe(THIRD.replace('"serial": 9', '"serial": 11'));
    await deleteObject(clients, fixture.bucket, objectKey);
    const back = await restore(testbed, { version: first?.version_id ?? '' });
    expect(back.outputs).toMatchObject({ reason_code: 'restored', serial: '10011' });
    expect(await testbed.object()).toBe(stateText({ serial: 10_011 }));
  });
});
