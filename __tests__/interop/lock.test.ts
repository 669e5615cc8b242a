import * as v from 'valibot';
import { describe, expect, inject, it } from 'vitest';
import { goJsonString } from '../../src/backend/records/go-json.ts';
import { terraformJsonStrings } from '../support/go-json.ts';
import { runStepsInProcess } from '../support/runner-in-process.ts';
import { sharedStates } from './shared-state.ts';

const motoUrl = inject('motoUrl') ?? '';
const RUN_URL = 'https://github.com/octo-org/infrastructure/actions/runs/1658821493/attempts/2';
const setUp = sharedStates();

/** The value of a line like `  Who:   alice@laptop` as terraform prints it. */
function printedField(stderr: string, name: string): string | undefined {
  return new RegExp(`^[│ ]*${name}: +([^\\n]*)$`, 'm').exec(stderr)?.[1];
}

const LockFields = v.strictObject({
  ID: v.string(),
  Operation: v.string(),
  Info: v.string(),
  Who: v.string(),
  Version: v.string(),
  Created: v.string(),
  Path: v.string(),
});

describe.skipIf(!inject('terraform') || !motoUrl)('while a job of ours holds the lock, terraform', () => {
  it('fails to plan and prints our id, who, operation, created, and an Info with the run', async () => {
    const state = await setUp();
    const [laptop, job] = await Promise.all([state.laptop(), state.job({ runAttempt: '2' })]);
    const main = await job.run('main', { with: state.inputs });
    const { code, stderr } = await laptop.tryRun('plan');
    expect(code).toBe(1);
    expect(stderr).toContain('Error acquiring the state lock');
    expect(printedField(stderr, 'ID')).toBe(main.outputs.lock_id);
    expect(printedField(stderr, 'Path')).toBe(state.lockId);
    expect(printedField(stderr, 'Operation')).toBe('terraform-s3-state');
    expect(printedField(stderr, 'Who')).toBe('octocat@GitHub Actions 12');
    expect(printedField(stderr, 'Info')).toContain(RUN_URL);
    const created = printedField(stderr, 'Created') ?? '';
    expect(Date.now() - Date.parse(created.replace(' +0000 UTC', 'Z'))).toBeLessThan(60_000);
    await job.run('post', { omitInputs: true });
    expect((await laptop.tryRun('plan')).code).toBe(0);
  });

  it('reads an Info that Go would write back byte for byte, as `tofu force-unlock` requires', async () => {
    const state = await setUp();
    const laptop = await state.laptop();
    const job = await state.job({
      actor: 'a&b\u2028<é>',
      workflow: `Deploy "it's" <é> & \\ more\u2028\u2029`,
      jobName: 'a\tb',
      runnerName: 'büro & <co>',
    });
    await job.run('main', { with: state.inputs });
    const stored = (await state.lockInfo()) ?? '';
    const fields = Object.entries(v.parse(LockFields, JSON.parse(stored)));
    expect(fields.map(([name]) => name)).toEqual(Object.keys(LockFields.entries));
    const values = await terraformJsonStrings(fields.map(([, value]) => value));
    const rebuilt = fields.map(([name], index) => `"${name}":${values[index]}`).join(',');
    expect(`{${rebuilt}}`).toBe(stored);
    const { stderr } = await laptop.tryRun('plan');
    // Go prints the fraction without trailing zeros, so what it parsed is what it would write.
    const created = printedField(stderr, 'Created')?.replace(' +0000 UTC', 'Z').replace(' ', 'T');
    expect(stored).toContain(`"Created":${goJsonString(created ?? '')}`);
    expect(printedField(stderr, 'Who')).toBe('a&b\u2028<é>@büro & <co>');
  });
});

describe.skipIf(!inject('terraform') || !motoUrl)('while terraform holds the lock, a job of ours', () => {
  runStepsInProcess();

  it('fails, shows every field of the lock and leaves it alone', async () => {
    const state = await setUp();
    const [laptop, job] = await Promise.all([state.laptop(), state.job()]);
    const holder = await laptop.hold();
    const theirs = (await state.lockInfo()) ?? '';
    const main = await job.run('main', { with: state.inputs });
    expect(main.exitCode).toBe(1);
    const fields = v.parse(LockFields, JSON.parse(theirs));
    for (const [name, value] of Object.entries(fields)) {
      const line = main.log.split('\n').find((printed) => printed.startsWith(`  ${name}:`));
      // An empty field is left out; a time is shown to the second.
      expect(line ?? '').toContain(name === 'Created' ? value.slice(0, 19) : value);
    }
    expect(main.log).toContain('OperationTypeApply');
    const post = await job.run('post', { omitInputs: true });
    expect(post.exitCode).toBe(0);
    expect(await state.lockInfo()).toBe(theirs);
    await holder.open();
    expect(await state.lockInfo()).toBeUndefined();
    expect(await laptop.run('state', 'list')).toBe('terraform_data.gate\n');
  });

  it('waits with lock_timeout, gets the lock when terraform ends, and pulls what it wrote', async () => {
    const state = await setUp();
    const [laptop, job] = await Promise.all([state.laptop(), state.job()]);
    const holder = await laptop.hold();
    const main = await job.start('main', { with: { ...state.inputs, lock_timeout: '1m' } });
    const waiting = await main.waitForLine(/waiting/);
    expect(waiting).toMatch(/^Locked by \S+@\S+ \(OperationTypeApply\) for /);
    await holder.open();
    const result = await main.done;
    expect(result.exitCode).toBe(0);
    expect(result.outputs.serial).toBe('1');
    expect(await state.lockInfo()).toContain(result.outputs.lock_id);
  });
});
