import { statSync } from 'node:fs';
import { expect, it } from 'vitest';
import {
  assertNoSecret,
  assertNoSecretInFiles,
  assertNoSecretInState,
  jobOutputs,
  type StageResult,
} from '../support/runner.ts';
import { filesBelow } from '../support/runner-checks.ts';
import { decide, deniedByDynamodb, deniedByS3, holdAt, stopAt } from './faults.ts';
import { appliedState, SENSITIVE, stateText } from './states.ts';
import {
  describeInProcess,
  describePackaged,
  ENV_KEYS,
  openTestbed,
  type Testbed,
  type TestbedJob,
} from './support.ts';

const STATIC_KEYS = {
  access_key: 'AKIASTATICFROMINPUTS',
  secret_key: 'static/secret/key/given/as/an/input/00001',
  token: 'static-session-token-given-as-an-input',
};

describePackaged('secrets', () => {
  it('keys of the environment and of assumed sessions are masked and stored nowhere', async () => {
    const testbed = await openTestbed({ role: true });
    await testbed.seed(stateText());
    const job = await testbed.job({ debug: true });
    const main = await job.main();
    await job.change(appliedState({ value: `${SENSITIVE}-2` }));
    const post = await job.post();
    // The id of the environment's keys isn't masked: it may be any word, whose mask would ruin the log.
    const id = ENV_KEYS.AWS_ACCESS_KEY_ID;
    const keys = [ENV_KEYS.AWS_SECRET_ACCESS_KEY, ...mintedKeys(testbed).filter((key) => key !== id)];
    expect(post.masks).not.toContain(id);
    expect(keys.length).toBeGreaterThan(4);
    expect(post.masks).toEqual(expect.arrayContaining(keys));
    // The session's secret keys are never on the wire, but they are among the masks.
    const secrets = [...new Set([...keys, ...post.masks, SENSITIVE])];
    for (const stage of [main, post]) {
      expectSilent(stage, secrets);
      assertNoSecretInState(stage, secrets);
    }
    expect(secretFiles(job, secrets)).toEqual([]);
  });

  it('static keys from inputs are kept, masked, for post and nowhere else', async () => {
    const testbed = await openTestbed();
    await testbed.seed(stateText());
    const job = await testbed.job({ env: {}, with: STATIC_KEYS, debug: true });
    const main = await job.main();
    const keys = Object.values(STATIC_KEYS);
    expect(main.exitCode).toBe(0);
    expect(main.masks).toEqual(expect.arrayContaining(keys));
    expect(Object.values(main.state).join()).toContain(STATIC_KEYS.secret_key);
    await job.change(appliedState());
    const post = await job.post();
    expect(post.exitCode).toBe(0);
    expect(await testbed.object()).toBe(appliedState());
    for (const stage of [main, post]) expectSilent(stage, [...keys, SENSITIVE]);
    expect(secretFiles(job, [...keys, SENSITIVE])).toEqual([]);
  });

  it('the pulled state is in one file that only its owner can read, and in nothing else', async () => {
    const testbed = await openTestbed({ role: true });
    await testbed.seed(stateText());
    const job = await testbed.job();
    const main = await job.main();
    const holding = [job.temp, job.stateDirectory, job.workspace, job.folders.home]
      .flatMap(filesBelow)
      .filter(({ content }) => content.includes(SENSITIVE));
    expect(statSync(job.stateDirectory).mode & 0o777).toBe(0o700);
    expect(holding.map(({ path, mode }) => [path, mode])).toEqual([[main.outputs.state_path, 0o600]]);
    assertNoSecretInState(main, [SENSITIVE]);
  });

  it.for([
    { title: 'a truncated state', change: appliedState().slice(0, -80), faults: {} },
    { title: 'a denied push', change: appliedState(), faults: { PutObject: deniedByS3('PutObject') } },
    {
      title: 'a denied release',
      change: appliedState(),
      faults: {
        TransactWriteItems: deniedByDynamodb('TransactWriteItems'),
        DeleteItem: deniedByDynamodb('DeleteItem'),
      },
    },
  ])('errors show none of them: $title', async ({ change, faults }) => {
    const testbed = await openTestbed({ role: true });
    await testbed.seed(stateText());
    const job = await testbed.job();
    await job.main();
    await job.change(change);
    decide(testbed.proxy, faults);
    const post = await job.post();
    expect(post.exitCode).toBe(1);
    expectSilent(post, [...new Set([...post.masks, SENSITIVE])]);
  });

  it('after a killed main and its post no state is left on the disk', async () => {
    const testbed = await openTestbed({ role: true });
    await testbed.seed(stateText());
    const job = await testbed.job();
    const held = holdAt(testbed.proxy, 'GetItem', 'after');
    const main = await job.startMain();
    await stopAt(held, main, 'SIGKILL');
    await job.post();
    expect(secretFiles(job, [SENSITIVE])).toEqual([]);
  });
});

describeInProcess('secrets', () => {
  it("LocalStack's default keys mask nothing, whether inputs or environment give them", async () => {
    const testbed = await openTestbed();
    const words = { access_key: 'test', secret_key: 'test', token: 'session' };
    const ofEnvironment = { AWS_ACCESS_KEY_ID: 'minioadmin', AWS_SECRET_ACCESS_KEY: 'test' };
    for (const how of [{ env: {}, with: words }, { env: ofEnvironment }]) {
      const job = await testbed.job(how);
      const main = await job.main();
      expect(main.exitCode).toBe(0);
      // GitHub masks the job's own token.
      expect(main.masks.filter((mask) => !mask.startsWith('ghs_'))).toEqual([]);
      expect((await job.post()).exitCode).toBe(0);
    }
  });

  it("static keys that only assume a role are kept, but not the session's keys", async () => {
    const testbed = await openTestbed({ role: true });
    const job = await testbed.job({ env: {}, with: STATIC_KEYS });
    const main = await job.main();
    const minted = mintedKeys(testbed).filter((key) => !Object.values<string>(STATIC_KEYS).includes(key));
    expect(minted.length).toBeGreaterThan(1);
    assertNoSecretInState(main, minted);
    await job.post();
    expect(await testbed.lock()).toBeUndefined();
  });

  it('no output is dropped on its way to another job for holding a masked value', async () => {
    const testbed = await openTestbed({ role: true, versioning: true });
    await testbed.seed(stateText());
    const main = await (await testbed.job()).main();
    expect(jobOutputs(main)).toEqual({ outputs: main.outputs, warnings: [] });
  });
});

/** Access key ids and session tokens that requests were signed with. */
function mintedKeys({ proxy }: Testbed): string[] {
  const found = proxy.requests.flatMap(({ headers }) => [
    /Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1] ?? '',
    String(headers['x-amz-security-token'] ?? ''),
  ]);
  return [...new Set(found)].filter(Boolean);
}

/** Checks that visible output has none of these, and the raw streams only in the masking command. */
function expectSilent(stage: StageResult, secrets: readonly string[]): void {
  assertNoSecret(stage, secrets);
  const raw = `${stage.rawStdout}\n${stage.rawStderr}`.split('\n');
  const printed = raw.filter((line) => !line.startsWith('::add-mask::')).join('\n');
  for (const secret of secrets) expect(printed.includes(secret)).toBe(false);
}

function secretFiles(job: TestbedJob, secrets: readonly string[]): string[] {
  const files = [job.temp, job.workspace, job.folders.home].flatMap(filesBelow);
  const leaking = files.filter(({ content }) => secrets.some((secret) => content.includes(secret)));
  if (leaking.length === 0) assertNoSecretInFiles(files, secrets);
  return leaking.map(({ path }) => path);
}
