import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it } from 'vitest';
import type { Aws, ConnectOptions, Environment } from '../../src/aws/aws.ts';
import { AwsError } from '../../src/aws/errors.ts';
import { explain } from '../../src/messages/explain.ts';
import { explainAwsError } from '../../src/messages/explain-aws-error.ts';
import { plainRole, plainSession } from '../support/aws-settings.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { claimsOfMain, tokenWith } from '../support/oidc.ts';
import {
  type Answer,
  assumedRole,
  connect,
  noCredentialSettings,
  roleSessionArn,
  type Seen,
  serve,
  settingsFor,
  signedBy,
  stsError,
  type TestServer,
} from './support.ts';

const roleArn = 'arn:aws:iam::111122223333:role/state';
const fromGitHub = { from: 'github', audience: 'sts.amazonaws.com' } as const;
const ours = {
  ...plainSession,
  roleArn,
  sessionName: 'gh-42',
  policy: '{"Version":"2012-10-17"}',
  token: fromGitHub,
};
const API = 'AssumeRoleWithWebIdentity';

let server: TestServer | undefined;
afterEach(() => server?.close());

const isTokenRequest = ({ body }: Seen) => body.includes(`Action=${API}`);
const mints = () => server?.seen.filter(isTokenRequest) ?? [];
const sentTokens = () => mints().map(({ body }) => new URLSearchParams(body).get('WebIdentityToken'));

/** An STS that answers with `answer`; every other request succeeds. */
async function sts(answer: (count: number) => Answer): Promise<void> {
  server = await serve((seen) =>
    isTokenRequest(seen) ? answer(mints().length) : { status: 200, body: 'state' },
  );
}

interface Prepared {
  aws: Aws;
  secrets: string[];
  tokens: string[];
}

/** A connection as a web identity; each request for a token returns a new one. */
function prepare(options: Partial<ConnectOptions> = {}, claims: object = {}): Prepared {
  const secrets: string[] = [];
  const tokens: string[] = [];
  const aws = connect({
    settings: settingsFor(server?.url, { ...noCredentialSettings, webIdentity: ours }),
    onSecret: (value) => void secrets.push(value),
    fetchIdToken: async (audience) => {
      const token = tokenWith({ ...claimsOfMain, ...claims, aud: audience });
      tokens.push(token);
      return token;
    },
    ...options,
  });
  return { aws, secrets, tokens };
}

const get = (aws: Aws) =>
  aws.call({ api: 's3:GetObject', resource: 's3://b/k' }, async (abortSignal) => {
    const { Body } = await aws.s3.send(() => new GetObjectCommand({ Bucket: 'b', Key: 'k' }), {
      abortSignal,
    });
    return await Body?.transformToString();
  });

async function refusal({ aws }: Prepared): Promise<AwsError> {
  const error: unknown = await get(aws).catch((reason: unknown) => reason);
  aws.destroy();
  if (!(error instanceof AwsError)) throw new Error('not refused');
  return error;
}

describe("a role assumed with the job's token", () => {
  it('takes one unsigned call, with the session name and the policy', async () => {
    await sts(() => assumedRole(API, 'ASIA1'));
    const { aws, tokens } = prepare();
    expect(await get(aws)).toBe('state');
    expect(await get(aws)).toBe('state');
    expect(aws.principal()).toBe(roleSessionArn);
    aws.destroy();
    expect(server?.seen.map(signedBy)).toEqual([undefined, 'ASIA1', 'ASIA1']);
    expect(Object.fromEntries(new URLSearchParams(mints()[0]?.body))).toEqual({
      Action: API,
      Version: '2011-06-15',
      RoleArn: roleArn,
      RoleSessionName: 'gh-42',
      Policy: ours.policy,
      WebIdentityToken: tokens[0],
    });
  });

  it('ignores other credentials, whatever the environment contains by now', async () => {
    await sts(() => assumedRole(API, 'ASIA1'));
    const env: Environment = { AWS_ACCESS_KEY_ID: 'AKIAOTHER', AWS_SECRET_ACCESS_KEY: 'other' };
    const { aws } = prepare({ env });
    await get(aws);
    aws.destroy();
    expect(server?.seen.map(signedBy)).toEqual([undefined, 'ASIA1']);
  });

  it('reports the token and the keys for masking before they are used', async () => {
    const known: boolean[] = [];
    let prepared: Prepared | undefined;
    server = await serve((seen) => {
      const { secrets = [], tokens = [] } = prepared ?? {};
      const used = isTokenRequest(seen) ? tokens.at(-1) : signedBy(seen);
      known.push(secrets.includes(used ?? ''));
      return isTokenRequest(seen) ? assumedRole(API, 'ASIA1') : { status: 200, body: 'state' };
    });
    prepared = prepare();
    await get(prepared.aws);
    prepared.aws.destroy();
    expect(known).toEqual([true, true]);
    expect(prepared.secrets).toEqual(expect.arrayContaining(['secret-of-ASIA1', 'token-of-ASIA1']));
  });

  it('renews its session with a new token, before the session ends or when AWS says that it has ended', async () => {
    const clock = createFakeClock({ startEpochMs: Date.now() });
    const expired =
      '<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>';
    server = await serve((seen) => {
      if (isTokenRequest(seen)) return assumedRole(API, `ASIA${mints().length}`, clock.now() + 3_600_000);
      return signedBy(seen) === 'ASIA2' ? { status: 400, body: expired } : { status: 200, body: 'state' };
    });
    const { aws, tokens } = prepare({ clock });
    await get(aws);
    await clock.advance(55 * 60_000);
    await get(aws);
    aws.destroy();
    expect(server.seen.map(signedBy)).toEqual([undefined, 'ASIA1', undefined, 'ASIA2', undefined, 'ASIA3']);
    expect(sentTokens()).toEqual(tokens);
    expect(new Set(tokens).size).toBe(3);
  });
});

describe('retries', () => {
  const NO_KEYS =
    "Couldn't retrieve verification key from your identity provider, please reference the documentation";
  it.each([
    ['STS fails', stsError(500, 'InternalFailure', 'sorry')],
    ['STS could not reach the issuer', stsError(400, 'IDPCommunicationError', 'timeout')],
    ["STS could not get the issuer's keys", stsError(400, 'InvalidIdentityToken', NO_KEYS)],
    ['the token was too old', stsError(400, 'ExpiredTokenException', 'Token expired')],
  ])('retries with a new token: %s', async (_name, answer) => {
    await sts((count) => (count === 1 ? answer : assumedRole(API, 'ASIA1')));
    const { aws, tokens } = prepare();
    expect(await get(aws)).toBe('state');
    aws.destroy();
    expect(sentTokens()).toEqual(tokens);
    expect(new Set(tokens).size).toBe(2);
  });

  it.each([
    [
      'a trust policy that does not match',
      stsError(403, 'AccessDenied', `Not authorized to perform sts:${API}`),
    ],
    ['a wrong audience', stsError(400, 'InvalidIdentityToken', 'Incorrect token audience')],
    ['a refused claim', stsError(403, 'IDPRejectedClaim', 'no')],
  ])('does not retry: %s', async (_name, answer) => {
    await sts(() => answer);
    await refusal(prepare());
    expect(mints()).toHaveLength(1);
  });
});

describe('a second role', () => {
  it('is assumed with the session of the first, as in Terraform with both blocks', async () => {
    server = await serve((seen) => {
      if (isTokenRequest(seen)) return assumedRole(API, 'ASIAFIRST');
      return seen.body.includes('Action=AssumeRole')
        ? assumedRole('AssumeRole', 'ASIASECOND')
        : { status: 200, body: 'state' };
    });
    const second = { ...plainRole, roleArn: `${roleArn}-2`, externalId: 'x1', sessionName: 's' };
    const both = { ...noCredentialSettings, webIdentity: ours, assumeRole: second };
    const { aws } = prepare({ settings: settingsFor(server.url, both) });
    expect(await get(aws)).toBe('state');
    aws.destroy();
    expect(server.seen.map(signedBy)).toEqual([undefined, 'ASIAFIRST', 'ASIASECOND']);
  });
});

describe("an issuer that AWS can't reach", () => {
  it.each([
    ['IDPCommunicationError', 'timeout'],
    ['InvalidIdentityToken', "Couldn't retrieve verification key from your identity provider"],
  ])('%s: is named in the error', async (code, says) => {
    await sts(() => stsError(400, code, says));
    const error = await refusal(prepare());
    const { attempts } = error;
    const message = explainAwsError(error);
    expect(attempts).toBe(5);
    expect(message).toContain(`could not fetch the keys of ${claimsOfMain.iss}`);
    expect(message).toContain(says);
  });
});

describe('a refused token', () => {
  const NO_PROVIDER = `No OpenIDConnect provider found in your account for ${claimsOfMain.iss}`;
  it.each([
    [
      'AccessDenied',
      403,
      `Not authorized to perform sts:${API}`,
      'its trust policy does not accept',
      'access_denied',
    ],
    [
      'InvalidIdentityToken',
      400,
      'Incorrect token audience',
      'Set the `audience` input',
      'invalid_credentials',
    ],
    [
      'InvalidIdentityToken',
      400,
      NO_PROVIDER,
      'aws iam create-open-id-connect-provider',
      'invalid_credentials',
    ],
    ['InvalidIdentityToken', 400, 'odd', 'AWS does not accept the token', 'invalid_credentials'],
  ])(
    '%s (%d, %s): the error says what is wrong, what the token claims and which trust policy would accept it',
    async (code, status, says, fix, kind) => {
      await sts(() => stsError(status, code, says));
      const prepared = prepare();
      const error = await refusal(prepared);
      expect(error).toMatchObject({ kind, api: `sts:${API}` });
      const words = [
        roleArn,
        says,
        fix,
        `iss: "${claimsOfMain.iss}"`,
        'aud: "sts.amazonaws.com"',
        `sub: "${claimsOfMain.sub}"`,
        '"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"',
        '"repo:octo-org/infrastructure:ref:refs/heads/main"',
        '"repo:octo-org@9919/infrastructure@1296269:ref:refs/heads/main"',
      ];
      for (const word of words) expect(explainAwsError(error)).toContain(word);
      for (const token of prepared.tokens) expect(explainAwsError(error)).not.toContain(token);
    },
  );

  it('is never quoted, although STS quotes it', async () => {
    server = await serve(({ body }) => {
      const token = new URLSearchParams(body).get('WebIdentityToken');
      return stsError(400, 'ValidationError', `Value '${token}' at 'webIdentityToken' failed`);
    });
    const prepared = prepare();
    const message = explainAwsError(await refusal(prepared));
    expect(message).toContain("Value '***' at 'webIdentityToken' failed");
    expect(message).not.toMatch(/eyJ/);
  });

  it('from GitHub Enterprise Server names its issuer and its single form of subject', async () => {
    await sts(() => stsError(403, 'AccessDenied', `Not authorized to perform sts:${API}`));
    const message = explainAwsError(
      await refusal(prepare({}, { iss: 'https://github.example.com/_services/token' })),
    );
    expect(message).toContain(':oidc-provider/github.example.com/_services/token"');
    expect(message).toContain('"github.example.com/_services/token:sub": "repo:octo-org/infrastructure:ref');
    expect(message).not.toContain('@9919');
  });

  it("that can't be decoded still gets a clear error", async () => {
    await sts(() => stsError(403, 'AccessDenied', `Not authorized to perform sts:${API}`));
    const error = await refusal(prepare({ fetchIdToken: async () => 'opaque' }));
    expect(explainAwsError(error)).toContain('its trust policy does not accept');
    expect(explainAwsError(error)).not.toContain('opaque');
  });
});

describe("a token that GitHub doesn't issue", () => {
  const failing = (failure: object, times = Number.POSITIVE_INFINITY) => {
    let count = 0;
    const fetchIdToken = async () => {
      count += 1;
      if (count <= times) throw Object.assign(new Error('no'), failure);
      return tokenWith(claimsOfMain);
    };
    return { fetchIdToken, asked: () => count };
  };

  it.each([
    ['503', { status: 503 }],
    ['429', { status: 429 }],
    ['a broken connection', { cause: Object.assign(new Error('x'), { code: 'ECONNRESET' }) }],
  ])('%s: is requested again', async (_name, failure) => {
    await sts(() => assumedRole(API, 'ASIA1'));
    const { fetchIdToken, asked } = failing(failure, 2);
    const { aws } = prepare({ fetchIdToken });
    expect(await get(aws)).toBe('state');
    aws.destroy();
    expect(asked()).toBe(3);
  });

  it.each([
    ['403', { status: 403 }, 1, '`id-token: write`', 'access_denied'],
    ['503', { status: 503 }, 5, 'Run the job again', 'service'],
    ['ENOTFOUND', { cause: { code: 'ENOTFOUND' } }, 5, '`https_proxy`', 'unreachable'],
  ])(
    '%s on every attempt: makes no call to STS and says what to do',
    async (_name, failure, attempts, fix, kind) => {
      await sts(() => assumedRole(API, 'ASIA1'));
      const { fetchIdToken, asked } = failing(failure);
      const error = await refusal(prepare({ fetchIdToken }));
      expect(error).toMatchObject({ kind, attempts });
      expect(explainAwsError(error)).toContain(fix);
      expect(explainAwsError(error)).not.toContain('AWS says');
      expect(asked()).toBe(attempts);
      expect(server?.seen).toEqual([]);
    },
  );

  it('stops the wait when the signal aborts', async () => {
    await sts(() => assumedRole(API, 'ASIA1'));
    const controller = new AbortController();
    const fetchIdToken = () => new Promise<string>(() => controller.abort(new Error('cancelled')));
    const error = await refusal(prepare({ fetchIdToken, signal: controller.signal }));
    expect(error.kind).toBe('aborted');
  });
});

describe('a token in a file', () => {
  async function withFile(text: string | undefined): Promise<Prepared> {
    await sts(() => assumedRole(API, 'ASIA1'));
    const folder = await mkdtemp(join(tmpdir(), 'token-'));
    const path = join(folder, 'token');
    if (text !== undefined) await writeFile(path, text);
    const webIdentity = { ...ours, token: { from: 'file', path } as const };
    const prepared = prepare({
      settings: settingsFor(server?.url, { ...noCredentialSettings, webIdentity }),
    });
    const outcome = await get(prepared.aws).catch((error: unknown) => error);
    await rm(folder, { recursive: true });
    return Object.assign(prepared, { outcome });
  }

  it('is read without the newline that an editor adds', async () => {
    expect(await withFile('token-of-a-pod\n')).toMatchObject({ outcome: 'state', tokens: [] });
    expect(sentTokens()).toEqual(['token-of-a-pod']);
  });

  it.each([
    ['missing', undefined, 'ENOENT'],
    ['empty', ' \n', 'is empty'],
  ])('that is %s is refused, and no other source is tried', async (_name, text, says) => {
    const { outcome } = (await withFile(text)) as Prepared & { outcome: unknown };
    expect(outcome).toMatchObject({ kind: 'no_credentials' });
    expect(explain(outcome, 0)).toContain(says);
    expect(server?.seen).toEqual([]);
  });
});

describe('a role without any credentials', () => {
  const assumeRole = { ...plainRole, roleArn, sessionName: 's' };
  const words = async (credentials: object, env: Environment) => {
    await sts(() => assumedRole(API, 'ASIA1'));
    const settings = settingsFor(server?.url, { ...noCredentialSettings, ...credentials });
    return explainAwsError(await refusal(prepare({ settings, env: { HOME: '/nonexistent', ...env } })));
  };

  it('names the permission that the job lacks', async () => {
    const message = await words({ assumeRole }, {});
    expect(message).toContain('give the job `permissions:` with `id-token: write`');
    expect(message).toContain('no ACTIONS_ID_TOKEN_REQUEST_URL');
  });

  it('says why no token was requested when the job has the permission', async () => {
    const env = { ACTIONS_ID_TOKEN_REQUEST_URL: 'http://127.0.0.1/', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 't' };
    expect(await words({ assumeRole }, { ...env, AWS_PROFILE: 'absent' })).toContain('(AWS_PROFILE is set)');
    expect(await words({}, env)).toContain('(no `role_arn`)');
  });
});
