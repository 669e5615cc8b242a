import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ISSUER, startTokenService, type TokenService } from '../support/oidc.ts';
import type { CannedAnswer } from '../support/proxy.ts';
import type { StageResult } from '../support/runner.ts';
import { assertNoSecret, assertNoSecretInState, filesBelow } from '../support/runner-checks.ts';
import { stateAfter, until, untilPushed } from './checkpointed-job.ts';
import { s3Error } from './faults.ts';
import { expectReleased } from './held-job.ts';
import { appliedState, stateText } from './states.ts';
import {
  describeInProcess,
  describePackaged,
  ENV_KEYS,
  findErrors,
  openTestbed,
  type Testbed,
  type TestbedJob,
} from './support.ts';

const BY_TOKEN = 'AssumeRoleWithWebIdentity';
const SUBJECT = 'repo:octo-org/infrastructure:ref:refs/heads/main';

interface OidcJob {
  readonly testbed: Testbed;
  readonly job: TestbedJob;
  readonly service: TokenService;
}

/** A job that has a role and `id-token: write`, and nothing else. */
async function oidcJob(inputs: Record<string, string> = {}): Promise<OidcJob> {
  const testbed = await openTestbed({ role: true });
  await testbed.seed(stateText());
  const service = await startTokenService();
  onTestFinished(() => service.stop());
  const job = await testbed.job({ env: {}, actionsEnv: service.variables, with: inputs });
  return { testbed, job, service };
}

const minted = ({ proxy }: Testbed) => proxy.requests.filter(({ operation }) => operation === BY_TOKEN);

const sentTokens = (testbed: Testbed) =>
  minted(testbed).map(({ body }) => new URLSearchParams(body.toString('utf8')).get('WebIdentityToken'));

const findAccessKey = (authorization: string | string[] | undefined) =>
  /Credential=([^/]+)/.exec(String(authorization))?.[1];

/** Keys and session tokens that requests were signed with. */
function listSessions({ proxy }: Testbed): string[] {
  const signed = proxy.requests.filter(({ headers }) => headers.authorization !== undefined);
  return [...new Set(signed.map(({ headers }) => findAccessKey(headers.authorization) ?? ''))];
}

/** Checks that none of these is in visible output, in raw output except masks, in saved state or in any file. */
function expectSecret(job: TestbedJob, stage: StageResult, secrets: readonly string[]): void {
  assertNoSecret(stage, secrets);
  assertNoSecretInState(stage, secrets);
  const printed = `${stage.rawStdout}\n${stage.rawStderr}`
    .split('\n')
    .filter((line) => !line.startsWith('::add-mask::'));
  const written = [job.temp, job.workspace, job.folders.home].flatMap(filesBelow);
  const texts = [...printed, ...written.map(({ content }) => content.toString('latin1'))];
  for (const secret of secrets) expect(texts.filter((text) => text.includes(secret))).toEqual([]);
}

function refused(code: string, message: string, status: number): CannedAnswer {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
  const body = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${error}<RequestId>R</RequestId></ErrorResponse>`;
  return { status, headers: { 'content-type': 'text/xml' }, body };
}

describePackaged('a role and id-token: write, and no key anywhere', () => {
  it('is enough: main and post each assume the role, with a token of their own', async () => {
    const { testbed, job, service } = await oidcJob();
    const main = await job.main();
    expect(main).toMatchObject({ exitCode: 0, outputs: { reason_code: 'held' } });
    await job.change(appliedState());
    const post = await job.post();
    expect(post).toMatchObject({ exitCode: 0 });
    await expectReleased(testbed, appliedState());
    expect(service.requests.map(({ audience }) => audience)).toEqual(Array(2).fill('sts.amazonaws.com'));
    expect(sentTokens(testbed)).toEqual(service.tokens);
    expect(minted(testbed).map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
    expect(testbed.calls().filter((call) => call.startsWith('sts '))).toEqual(
      Array(2).fill(`sts ${BY_TOKEN}`),
    );
    const secrets = [
      ...service.tokens,
      ...listSessions(testbed),
      service.variables.ACTIONS_ID_TOKEN_REQUEST_TOKEN,
    ];
    expect(secrets).toHaveLength(5);
    for (const stage of [main, post]) expectSecret(job, stage, secrets);
  });

  it('serves the checkpointer, too, which has a token of its own', async () => {
    const { testbed, job, service } = await oidcJob({ checkpoint_interval: '1s' });
    const main = await job.main();
    expect(main).toMatchObject({ exitCode: 0 });
    await until(() => job.orphans().length === 1);
    await job.change(stateAfter(1));
    await untilPushed(testbed, stateAfter(1));
    expect(service.tokens).toHaveLength(2);
    expect(await job.post()).toMatchObject({ exitCode: 0 });
    await expectReleased(testbed, stateAfter(1));
    expect(service.tokens).toHaveLength(3);
    expectSecret(job, main, [...service.tokens, ...listSessions(testbed)]);
  });

  it('starts a chain of roles: main, checkpointer and post assume all of it, and only the last session is narrowed', async () => {
    const state = 'arn:aws:iam::123456789012:role/terraform-state';
    const first = 'arn:aws:iam::210987654321:role/ci';
    const chain = { role_arn: `${first}\n${state}`, checkpoint_interval: '1s' };
    const { testbed, job, service } = await oidcJob(chain);
    expect(await job.main()).toMatchObject({ exitCode: 0 });
    await job.change(stateAfter(1));
    await untilPushed(testbed, stateAfter(1));
    expect(await job.post()).toMatchObject({ exitCode: 0 });
    await expectReleased(testbed, stateAfter(1));
    expect(service.tokens).toHaveLength(3);
    const asked = testbed.proxy.requests.filter(({ service: api }) => api === 'sts');
    const roles = asked.map(({ body }) => {
      const sent = new URLSearchParams(body.toString('utf8'));
      return [sent.get('RoleArn'), sent.has('Policy')];
    });
    const once = [
      [first, false],
      [state, true],
    ];
    expect(roles).toEqual([...once, ...once, ...once]);
  });
});

describeInProcess('a role and id-token: write', () => {
  it('requests the configured audience', async () => {
    const { job, service } = await oidcJob({ audience: 'sts.amazonaws.com.cn' });
    expect(await job.main()).toMatchObject({ exitCode: 0 });
    expect(await job.post()).toMatchObject({ exitCode: 0 });
    expect(service.requests.map(({ audience }) => audience)).toEqual(Array(2).fill('sts.amazonaws.com.cn'));
  });

  it("replaces main's session when it has ended before post, and post's own when that ends", async () => {
    const { testbed, job, service } = await oidcJob();
    await job.main();
    const dead = new Set(listSessions(testbed));
    testbed.proxy.onRequest(({ service: api, headers }) => {
      const isDead = dead.has(findAccessKey(headers.authorization) ?? '') || service.tokens.length === 2;
      return api === 's3' && isDead
        ? s3Error(400, 'ExpiredToken', 'The provided token has expired.')
        : 'pass';
    });
    await job.change(appliedState());
    expect(await job.post()).toMatchObject({ exitCode: 0 });
    await expectReleased(testbed, appliedState());
    expect(service.tokens).toHaveLength(3);
  });

  it('ignores keys that a later step puts into the environment', async () => {
    const { testbed, job } = await oidcJob();
    await job.main();
    const other = Object.entries(ENV_KEYS).map(([name, value]) => `echo ${name}=${value} >> "$GITHUB_ENV"`);
    await job.runStep('bash', ['-c', other.join('\n')]);
    testbed.proxy.reset();
    expect(await job.post()).toMatchObject({ exitCode: 0 });
    expect(minted(testbed)).toHaveLength(1);
    expect(listSessions(testbed)).not.toContain(ENV_KEYS.AWS_ACCESS_KEY_ID);
  });

  it('is enough for unlock', async () => {
    const { testbed, job } = await oidcJob();
    const actionDir = join(import.meta.dirname, '../../unlock');
    const inputs = { ...job.inputs, only_if_stale: 'true' };
    const unlock = await job.run('main', { actionDir, with: inputs });
    expect(unlock).toMatchObject({ exitCode: 0, outputs: { reason_code: 'no_lock' } });
    expect(minted(testbed)).toHaveLength(1);
  });
});

describeInProcess('a token that does not open the role', () => {
  it.each([
    [
      403,
      'AccessDenied',
      `Not authorized to perform sts:${BY_TOKEN}`,
      'its trust policy does not accept',
      'access_denied',
    ],
    [400, 'InvalidIdentityToken', 'Incorrect token audience', '`audience` input', 'invalid_credentials'],
  ])(
    '%d %s (%s): one try, then the error describes the token and the statement that would match, and never shows the token',
    async (status, code, message, fix, reason) => {
      const { testbed, job, service } = await oidcJob();
      testbed.proxy.onRequest(({ operation }) =>
        operation === BY_TOKEN ? refused(code, message, status) : 'pass',
      );
      const main = await job.main();
      expect(main).toMatchObject({ exitCode: 1, outputs: { reason_code: reason } });
      const messages = findErrors(main);
      for (const word of [
        message,
        fix,
        SUBJECT,
        ISSUER,
        '"Federated"',
        'repo:octo-org@9919/infrastructure@1296269:',
      ]) {
        expect(messages).toContain(word);
      }
      expect(minted(testbed)).toHaveLength(1);
      expect(service.tokens).toHaveLength(1);
      expectSecret(job, main, service.tokens);
      expect(await job.post()).toMatchObject({ exitCode: 0 });
    },
  );

  it('a job without the permission gets an error with the two lines that it needs', async () => {
    const { testbed, job } = await withoutPermission();
    const main = await job.main();
    expect(main).toMatchObject({ exitCode: 1, outputs: { reason_code: 'no_credentials' } });
    expect(findErrors(main)).toContain('`permissions:` with `id-token: write`');
    expect(testbed.calls()).toEqual([]);
  });
});

async function withoutPermission() {
  const testbed = await openTestbed({ role: true });
  return { testbed, job: await testbed.job({ env: {}, with: { skip_metadata_api_check: 'true' } }) };
}
