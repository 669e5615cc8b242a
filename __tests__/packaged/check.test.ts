import { expect, it } from 'vitest';
import { putObject } from '../support/aws.ts';
import { planOn, runCheck } from './check-step.ts';
import { appliedState, SENSITIVE, stateText } from './states.ts';
import { describePackaged, errorsOf, openPlace } from './support.ts';

const READS = ['dynamodb GetItem', 's3 GetObject'];

describePackaged('check', () => {
  it('a state that did not move is fresh: two reads, no lock, no write', async () => {
    const place = await openPlace();
    await place.seed(stateText());
    await place.putLock('{"ID":"somebody"}');
    const fingerprint = await planOn(place);
    place.proxy.reset();
    const checked = await runCheck(place, { fingerprint });
    expect(checked).toMatchObject({
      exitCode: 0,
      outputs: { fresh: 'true', moved_by: 'null', reason_code: 'fresh' },
    });
    expect(JSON.parse(checked.outputs.result ?? '')).toMatchObject({ ok: true, fresh: true, fingerprint });
    expect(place.calls().sort()).toEqual(READS);
    expect(checked.summary).toContain('The plan fits the state');
    expect(await place.lock()).toBe('{"ID":"somebody"}');
  });

  it('one that a job moved is stale, and is said to be its: who, in which run, when, to which serial', async () => {
    const place = await openPlace();
    await place.seed(stateText());
    const fingerprint = await planOn(place);
    const mover = await place.job({ actor: 'mallory', runId: '9000' });
    await mover.main();
    await mover.change(appliedState());
    await mover.post();
    place.proxy.reset();
    const checked = await runCheck(place, { fingerprint });
    expect(checked).toMatchObject({ exitCode: 1, outputs: { fresh: 'false', reason_code: 'plan_stale' } });
    expect(JSON.parse(checked.outputs.moved_by ?? '')).toEqual({
      run_url: expect.stringMatching(/\/actions\/runs\/9000\/attempts\/1$/),
      actor: 'mallory',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      serial: '8',
    });
    expect(JSON.parse(checked.outputs.result ?? '')).toMatchObject({ ok: false, fresh: false });
    expect(errorsOf(checked)).toContain('moved since it was planned on.');
    expect(errorsOf(checked)).toMatch(/by mallory in https:\/\/\S+\/actions\/runs\/9000\/attempts\/1/);
    expect(place.calls().sort()).toEqual(READS);
    expect(checked.log + checked.summary).not.toContain(SENSITIVE);
  });

  it('what Terraform itself wrote has no name; a state that is gone has nothing', async () => {
    const place = await openPlace({ table: false });
    await putObject(place.clients, place.fixture.bucket, place.objectKey, stateText());
    const without = { dynamodb_table: '' };
    const foreign = await runCheck(place, { ...without, fingerprint: 'no-state' });
    expect(foreign).toMatchObject({ exitCode: 1, outputs: { reason_code: 'plan_stale' } });
    expect(JSON.parse(foreign.outputs.moved_by ?? '')).toMatchObject({
      actor: null,
      run_url: null,
      serial: '7',
    });
    const key = 'never/was.tfstate';
    const none = await runCheck(place, { ...without, key, fingerprint: 'no-state' });
    expect(none).toMatchObject({ exitCode: 0, outputs: { fresh: 'true' } });
    const gone = await runCheck(place, { ...without, key, fingerprint: '0a'.repeat(32) });
    const nobody = { run_url: null, actor: null, time: null, serial: null };
    expect(JSON.parse(gone.outputs.moved_by ?? '')).toEqual(nobody);
  });

  it('bad inputs are named before any request, and a state that can not be read leaves fresh empty', async () => {
    const place = await openPlace();
    place.proxy.reset();
    for (const fingerprint of ['', 'v1']) {
      const bad = await runCheck(place, { fingerprint });
      expect(bad).toMatchObject({ exitCode: 1, outputs: { reason_code: 'invalid_input' } });
      expect(errorsOf(bad)).toContain('  fingerprint is ');
      expect(bad.outputs.fresh).toBeUndefined();
    }
    expect(place.calls()).toEqual([]);
    await place.seed('no state');
    const broken = await runCheck(place, { fingerprint: '0a'.repeat(32) });
    expect(broken).toMatchObject({ exitCode: 1, outputs: { reason_code: 'state_unreadable' } });
    expect(broken.outputs.fresh).toBeUndefined();
  });
});
