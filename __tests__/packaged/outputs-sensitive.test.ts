import { expect, it, onTestFinished } from 'vitest';
import { assertNoSecret, jobOutputs } from '../support/runner-checks.ts';
import { OUTPUTS, openOutputsJob, readOutputs, secret, stateWith, text } from './outputs-step.ts';
import { describePackaged, errorsOf, openPlace, type Place } from './support.ts';
import { noticesOf } from './unlock-step.ts';

/** A leaf of each sensitive output below, and parts of them that must not be seen either. */
const SECRETS = [
  'hunter2-and-then-some',
  '-----BEGIN PRIVATE KEY-----',
  'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC',
  'deep-secret-in-a-list',
  'deep-secret-in-a-map',
  'münchen-geheim-密码',
  '"quoted" <secret> & more',
  '9007199254740993123',
];

const SENSITIVE = {
  password: secret('hunter2-and-then-some'),
  pem: secret('-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n'),
  nested: secret({ list: ['deep-secret-in-a-list', null], map: { a: 'deep-secret-in-a-map' } }, 'dynamic'),
  unicode: secret('münchen-geheim-密码'),
  quoted: secret('"quoted" <secret> & more'),
};
const UNMASKABLE = { pin: secret(42, 'number'), flag: secret(true, 'bool'), short: secret('ab1') };

async function sensitivePlace(): Promise<Place> {
  const place = await openPlace();
  // No JavaScript number holds this one.
  const state = stateWith({ ...SENSITIVE, ...UNMASKABLE, big: secret(0, 'number'), open: text('o') });
  await place.seed(state.replace('"value": 0', '"value": 9007199254740993123'));
  return place;
}

describePackaged('sensitive outputs', () => {
  it('outputs-omit: are set nowhere, and one line says which', async () => {
    const place = await sensitivePlace();
    const result = await readOutputs(place, { export_env: 'true', env_prefix: 'X_' });
    expect(result.conclusion).toBe('success');
    expect(result.outputs).toMatchObject({ open: 'o', outputs: '{"open":"o"}' });
    expect(result.exportedEnv).toEqual({ X_open: 'o' });
    expect(JSON.parse(result.outputs.names ?? '')).toContain('password');
    for (const name of Object.keys(SENSITIVE)) expect(result.outputs[name]).toBeUndefined();
    expect(result.log.match(/Left out as sensitive: (.*)\. With/)?.[1]).toBe(
      'big, flag, nested, password, pem, pin, quoted, short, unicode',
    );
    assertNoSecret(result, SECRETS);
  });

  it('outputs-mask: are set and masked; what can not be masked is left out, with a notice', async () => {
    const place = await sensitivePlace();
    const result = await readOutputs(place, { sensitive: 'mask' });
    expect(result.outputs).toMatchObject({ password: 'hunter2-and-then-some', big: '9007199254740993123' });
    expect(result.outputs.pem).toBe(SENSITIVE.pem.value);
    for (const name of Object.keys(UNMASKABLE)) expect(result.outputs[name]).toBeUndefined();
    expect(noticesOf(result).join('\n')).toContain('Left out although sensitive is mask: flag, pin, short.');
    // In what is for everybody there is nothing of them.
    const { outputs, names, result: details } = result.outputs;
    expect(outputs).toBe('{"open":"o"}');
    assertNoSecret({ ...result, outputs: { outputs, names, details } as Record<string, string> }, SECRETS);
  });

  it('are unreadable in whatever a later step prints', async () => {
    const place = await sensitivePlace();
    const job = await openOutputsJob();
    const main = await job.read(place, { sensitive: 'mask' });
    const values = Object.fromEntries(
      Object.entries(main.outputs).map(([name, value]) => [`V_${name}`, value]),
    );
    const print = 'for (const v of Object.values(process.env)) console.log(v, JSON.stringify(v))';
    const printed = await job.runStep(process.execPath, ['-e', print], { env: values });
    assertNoSecret({ ...printed, outputs: {} }, SECRETS);
  });

  it('outputs-dropped: what GitHub will not pass on to other jobs is foretold', async () => {
    const place = await openPlace();
    const url = text('https://app:hunter2-and-then-some@host');
    await place.seed(stateWith({ ...SENSITIVE, url, open: text('o') }));
    const result = await readOutputs(place, { sensitive: 'mask' });
    const { outputs, warnings } = jobOutputs(result);
    const dropped = warnings.map((warning) => /'(.*?)'/.exec(warning)?.[1]).sort();
    expect(dropped).toEqual(['nested', 'outputs', 'password', 'pem', 'quoted', 'unicode', 'url']);
    expect(outputs.open).toBe('o');
    const foretold = noticesOf(result).find((notice) => notice.includes('job outputs')) ?? '';
    expect(/: (.*?)\. Steps of this job/.exec(foretold)?.[1]?.split(', ').sort()).toEqual(dropped);
  });

  it('outputs-fail: are an error that names them, and nothing is set', async () => {
    const place = await sensitivePlace();
    const result = await readOutputs(place, { sensitive: 'fail' });
    expect(result).toMatchObject({ conclusion: 'failure', outputs: { reason_code: 'sensitive_selected' } });
    expect(errorsOf(result)).toContain('password');
    expect(Object.keys(result.outputs)).toEqual(['reason_code', 'result']);
    assertNoSecret(result, SECRETS);
    expect((await readOutputs(place, { sensitive: 'fail', select: 'open' })).outputs.open).toBe('o');
  });

  it('are in no file that the step leaves', async () => {
    const place = await sensitivePlace();
    const job = await openOutputsJob();
    onTestFinished(() => job.dispose());
    await job.read(place, {});
    const left = job.files().map(({ content }) => content.toString('utf8'));
    for (const secretText of SECRETS)
      expect(left.filter((content) => content.includes(secretText))).toEqual([]);
    expect(OUTPUTS).toContain('outputs');
  });
});
