import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Aws } from '../../src/aws/aws.ts';
import type { CredentialSettings } from '../../src/aws/settings.ts';
import { plainRole, plainSession } from '../support/aws-settings.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import {
  type Answer,
  assumedRole,
  connect,
  explainFailure,
  noCredentialSettings,
  type Seen,
  serve,
  settingsFor,
  signedBy,
  stsError,
  type TestServer,
  testKeys,
} from './support.ts';

const toArn = (name: string) => `arn:aws:iam::111122223333:role/${name}`;
const role = (name: string) => ({ ...plainRole, roleArn: toArn(name), sessionName: 'gh-42' });
const state = { ...role('state'), policy: '{"Version":"2012-10-17","Statement":[]}', durationSeconds: 900 };
const chain = { via: [role('ci'), role('hub')], assumeRole: state };
const webIdentity = {
  ...plainSession,
  roleArn: toArn('web'),
  sessionName: 'gh-42',
  token: { from: 'github', audience: 'sts.amazonaws.com' } as const,
};

let server: TestServer | undefined;
afterEach(() => server?.close());

const get = (aws: Aws) =>
  aws.call({ api: 's3:GetObject', resource: 's3://b/k' }, async (abortSignal) => {
    const { Body } = await aws.s3.send(() => new GetObjectCommand({ Bucket: 'b', Key: 'k' }), {
      abortSignal,
    });
    return await Body?.transformToString();
  });

/** The name of the role that a request assumes. */
function assumes({ body }: Seen): string | undefined {
  return new URLSearchParams(body).get('RoleArn')?.split('/').at(-1);
}

/** An STS whose keys are named after the role and a count; `answer` may override an answer. */
async function sts(
  answer: (name: string, seen: Seen) => Answer | 'mint',
  expiresAt = (_: string) => Date.now() + 3_600_000,
) {
  let count = 0;
  server = await serve((seen) => {
    const name = assumes(seen);
    if (name === undefined) return { status: 200, body: 'state' };
    const given = answer(name, seen);
    if (given !== 'mint') return given;
    count += 1;
    const api = seen.body.includes('WebIdentity') ? 'AssumeRoleWithWebIdentity' : 'AssumeRole';
    const arn = `arn:aws:sts::111122223333:assumed-role/${name}/gh-42`;
    return assumedRole(api, `ASIA${name}${count}`, expiresAt(name), arn);
  });
  return server;
}

const calls = () => server?.seen.map((seen) => [assumes(seen) ?? 's3', signedBy(seen)]);

function prepare(
  credentials: Partial<CredentialSettings>,
  options: Partial<Parameters<typeof connect>[0]> = {},
): Aws {
  return connect({ settings: settingsFor(server?.url, credentials), ...options });
}

describe('a chain of roles', () => {
  it('is assumed role by role, and only the last session is narrowed', async () => {
    await sts(() => 'mint');
    const aws = prepare(chain);
    expect(await get(aws)).toBe('state');
    expect(await get(aws)).toBe('state');
    aws.destroy();
    expect(calls()).toEqual([
      ['ci', testKeys.accessKeyId],
      ['hub', 'ASIAci1'],
      ['state', 'ASIAhub2'],
      ['s3', 'ASIAstate3'],
      ['s3', 'ASIAstate3'],
    ]);
    const sent = server?.seen.slice(0, 3).map(({ body }) => new URLSearchParams(body));
    expect(sent?.map((of) => of.get('Policy'))).toEqual([null, null, state.policy]);
    expect(sent?.map((of) => of.get('DurationSeconds'))).toEqual([null, null, '900']);
    expect(aws.principal()).toContain(':assumed-role/state/');
  });

  it("begins with the job's own identity", async () => {
    await sts(() => 'mint');
    const fetchIdToken = async () => 'header.e30.signature';
    const aws = prepare({ ...noCredentialSettings, webIdentity, ...chain }, { fetchIdToken });
    await get(aws);
    aws.destroy();
    const order = [undefined, 'ASIAweb1', 'ASIAci2', 'ASIAhub3', 'ASIAstate4'];
    expect(calls()?.map(([, key]) => key)).toEqual(order);
  });

  it.each([
    ['ci', 1, 'arn:aws:iam::111122223333:user/ci'],
    ['hub', 2, 'arn:aws:sts::111122223333:assumed-role/ci/gh-42'],
    ['state', 3, 'arn:aws:sts::111122223333:assumed-role/hub/gh-42'],
  ])('that breaks at %s names that role and who could not assume it', async (name, number, principal) => {
    const message = `User: ${principal} is not authorized to perform: sts:AssumeRole on resource: ${toArn(name)}`;
    await sts((asked) => (asked === name ? stsError(403, 'AccessDenied', message) : 'mint'));
    const aws = prepare(chain);
    expect((await explainFailure(get(aws))).words).toContain(
      `sts:AssumeRole on role ${toArn(name)} (role ${number} of the 3 in the chain) failed: ${principal} is not allowed`,
    );
    aws.destroy();
    expect(server?.seen).toHaveLength(number);
  });

  it("that the web identity can't start shows the token's claims and a trust policy that would accept them", async () => {
    await sts(() => stsError(403, 'AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity'));
    const claims = Buffer.from(JSON.stringify({ iss: 'https://i', aud: 'a', sub: 'repo:o/r:x' })).toString(
      'base64url',
    );
    const fetchIdToken = async () => `header.${claims}.signature`;
    const aws = prepare({ ...noCredentialSettings, webIdentity, assumeRole: state }, { fetchIdToken });
    const { words } = await explainFailure(get(aws));
    aws.destroy();
    expect(words).toContain(`role ${toArn('web')} (role 1 of the 2 in the chain)`);
    expect(words).toContain('sub: "repo:o/r:x"');
    expect(words).toContain('"arn:aws:iam::111122223333:oidc-provider/i"');
  });

  it('renews each role when it is due, with the session of the role before', async () => {
    const clock = createFakeClock({ startEpochMs: Date.now() });
    const minutes: Record<string, number> = { ci: 60, hub: 30, state: 15 };
    await sts(
      () => 'mint',
      (name) => clock.now() + (minutes[name] ?? 0) * 60_000,
    );
    const aws = prepare(chain, { clock });
    const assumedSince = (): (string | undefined)[] =>
      server?.seen.splice(0).map((seen) => assumes(seen) ?? 's3') ?? [];
    await get(aws);
    expect(assumedSince()).toEqual(['ci', 'hub', 'state', 's3']);
    await clock.advance(10 * 60_000);
    await get(aws);
    expect(assumedSince()).toEqual(['state', 's3']);
    await clock.advance(15 * 60_000);
    await get(aws);
    expect(assumedSince()).toEqual(['hub', 'state', 's3']);
    await clock.advance(30 * 60_000);
    await get(aws);
    expect(assumedSince()).toEqual(['ci', 'hub', 'state', 's3']);
    aws.destroy();
  });

  it('is assumed again as a whole when AWS reports a session as expired early', async () => {
    const expired = stsError(403, 'ExpiredToken', 'The security token included in the request is expired');
    const clock = createFakeClock({ startEpochMs: Date.now() });
    await sts(
      (_, seen) => (signedBy(seen) === 'ASIAci1' && clock.now() > begun ? expired : 'mint'),
      (name) => clock.now() + (name === 'ci' ? 60 : 15) * 60_000,
    );
    const begun = clock.now();
    const aws = prepare(chain, { clock });
    await get(aws);
    await clock.advance(20 * 60_000);
    expect(await get(aws)).toBe('state');
    aws.destroy();
    expect(
      calls()
        ?.slice(4)
        .map(([name]) => name),
    ).toEqual(['hub', 'ci', 'hub', 'state', 's3']);
  });

  it('continues a chain of profiles: source_profile by source_profile, under AWS_PROFILE', async () => {
    const home = await mkdtemp(join(tmpdir(), 'aws-home-'));
    onTestFinished(() => rm(home, { recursive: true, force: true }));
    const next = (name: string, source: string) =>
      `[profile ${name}]\nrole_arn = ${toArn(name)}\nsource_profile = ${source}\nrole_session_name = s\n`;
    const keys = '[base]\naws_access_key_id = AKIABASE\naws_secret_access_key = secret-of-base\n';
    await writeFile(join(home, 'config'), next('one', 'base') + next('two', 'one'));
    await writeFile(join(home, 'credentials'), keys);
    await sts(() => 'mint');
    const env = {
      HOME: home,
      AWS_PROFILE: 'two',
      AWS_CONFIG_FILE: join(home, 'config'),
      AWS_SHARED_CREDENTIALS_FILE: join(home, 'credentials'),
    };
    const aws = prepare({ ...noCredentialSettings, via: [role('hub')], assumeRole: state }, { env });
    await get(aws);
    aws.destroy();
    expect(calls()).toEqual([
      ['one', 'AKIABASE'],
      ['two', 'ASIAone1'],
      ['hub', 'ASIAtwo2'],
      ['state', 'ASIAhub3'],
      ['s3', 'ASIAstate4'],
    ]);
  });

  it('is limited to one hour by STS, and the error says what to do', async () => {
    const limit =
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining';
    await sts(() => stsError(400, 'ValidationError', limit));
    const aws = prepare({ assumeRole: { ...state, durationSeconds: 7200 } });
    expect((await explainFailure(get(aws))).words).toContain('Set `assume_role_duration` to 1h');
    aws.destroy();
  });
});
