import { expect, it } from 'vitest';
import { jobOutputs } from '../support/runner-checks.ts';
import { assertContainsNone, noteSecret } from './outputs-secrets.ts';
import {
  openOutputsJob,
  readOutputs,
  SENSITIVE,
  secret,
  stateWith,
  text,
  UNMASKABLE,
} from './outputs-step.ts';
import { describePackaged, findErrors, openTestbed, type Testbed } from './support.ts';
import { findNotices } from './unlock-step.ts';

// A JavaScript number can't represent it.
const BIG = '9007199254740993123';
noteSecret(BIG);

async function sensitiveTestbed(): Promise<Testbed> {
  const testbed = await openTestbed();
  const state = stateWith({ ...SENSITIVE, ...UNMASKABLE, big: secret(0, 'number'), open: text('o') });
  await testbed.seed(state.replace('"value": 0', `"value": ${BIG}`));
  return testbed;
}

describePackaged('sensitive outputs', () => {
  it('are not set, and one line says which', async () => {
    const testbed = await sensitiveTestbed();
    const result = await readOutputs(testbed, { export_env: 'true', env_prefix: 'X_' });
    expect(result.conclusion).toBe('success');
    expect(result.outputs).toMatchObject({ open: 'o', outputs: '{"open":"o"}' });
    expect(result.exportedEnv).toEqual({ X_open: 'o' });
    expect(JSON.parse(result.outputs.names ?? '')).toContain('password');
    for (const name of Object.keys(SENSITIVE)) expect(result.outputs[name]).toBeUndefined();
    expect(result.log.match(/Left out as sensitive: (.*)\. With/)?.[1]).toBe(
      'big, flag, mixed, nested, password, pem, pin, quoted, short, unicode',
    );
  });

  it("are set and masked on request; those that can't be masked are omitted with a notice", async () => {
    const testbed = await sensitiveTestbed();
    const result = await readOutputs(testbed, { sensitive: 'mask' });
    expect(result.outputs).toMatchObject({ password: 'hunter2-and-then-some', big: BIG });
    expect(result.outputs.pem).toBe(SENSITIVE.pem.value);
    for (const name of Object.keys(UNMASKABLE)) expect(result.outputs[name]).toBeUndefined();
    expect(findNotices(result).join('\n')).toContain(
      'Left out even though sensitive is mask: flag, mixed, pin, short.',
    );
    expect(result.outputs.outputs).toBe('{"open":"o"}');
  });

  it('are unreadable in whatever a later step prints', async () => {
    const testbed = await sensitiveTestbed();
    const job = await openOutputsJob();
    const main = await job.read(testbed, { sensitive: 'mask' });
    const values = Object.fromEntries(
      Object.entries(main.outputs).map(([name, value]) => [`V_${name}`, value]),
    );
    const print = 'for (const v of Object.values(process.env)) console.log(v, JSON.stringify(v))';
    const printed = await job.runStep(process.execPath, ['-e', print], { env: values });
    assertContainsNone({ log: printed.log });
  });

  it("cause a warning when GitHub won't pass an output on to other jobs", async () => {
    const testbed = await openTestbed();
    const url = text('https://app:hunter2-and-then-some@host');
    await testbed.seed(stateWith({ ...SENSITIVE, url, open: text('o') }));
    const shown = ['url', 'outputs'];
    const result = await readOutputs(testbed, { sensitive: 'mask' }, { shown });
    const { outputs, warnings } = jobOutputs(result);
    const dropped = warnings.map((warning) => /'(.*?)'/.exec(warning)?.[1]).sort();
    expect(dropped).toEqual(['nested', 'outputs', 'password', 'pem', 'quoted', 'unicode', 'url']);
    expect(outputs.open).toBe('o');
    const foretold = findNotices(result).find((notice) => notice.includes('job outputs')) ?? '';
    expect(/: (.*?)\. Steps of this job/.exec(foretold)?.[1]?.split(', ').sort()).toEqual(dropped);
  });

  it('cause an error that names them, and nothing is set', async () => {
    const testbed = await sensitiveTestbed();
    const result = await readOutputs(testbed, { sensitive: 'fail' });
    expect(result).toMatchObject({ conclusion: 'failure', outputs: { reason_code: 'sensitive_selected' } });
    expect(findErrors(result)).toContain('password');
    expect(Object.keys(result.outputs)).toEqual(['reason_code', 'result']);
    expect((await readOutputs(testbed, { sensitive: 'fail', select: 'open' })).outputs.open).toBe('o');
  });
});
