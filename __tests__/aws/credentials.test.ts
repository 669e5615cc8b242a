import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Environment } from '../../src/aws/aws.ts';
import { AwsError } from '../../src/aws/errors.ts';
import type { CredentialSettings } from '../../src/aws/settings.ts';
import { explainAwsError } from '../../src/messages/explain-aws-error.ts';
import {
  type Answer,
  assumedRole,
  callerIdentity,
  connect,
  noCredentialSettings,
  type Seen,
  serve,
  settingsFor,
  signedBy,
  type TestServer,
  testKeys,
} from './support.ts';

let home: string;
let server: TestServer;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'aws-home-'));
  server = await serve(everything);
  vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', server.url);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await server.close();
  await rm(home, { recursive: true });
});

/** One server for container metadata, instance metadata and STS. */
function everything({ path, body, headers }: Seen): Answer {
  const metadata = (id: string) =>
    JSON.stringify({ ...keysJson(id), Token: `token-of-${id}`, Expiration: later() });
  if (path === '/container') return { status: 200, body: metadata('AKIACONTAINER') };
  if (path === '/latest/api/token') return { status: 200, body: 'imds-token' };
  if (path === '/latest/meta-data/iam/security-credentials/') return { status: 200, body: 'instance-role' };
  if (path.endsWith('/instance-role')) return { status: 200, body: metadata('AKIAINSTANCE') };
  if (body.includes('Action=AssumeRoleWithWebIdentity'))
    return assumedRole('AssumeRoleWithWebIdentity', 'ASIAWEB');
  if (body.includes('Action=AssumeRole')) return assumedRole('AssumeRole', 'ASIAROLE');
  return headers.authorization ? callerIdentity() : { status: 404 };
}

const keysJson = (id: string) => ({ AccessKeyId: id, SecretAccessKey: `secret-of-${id}` });
const later = () => new Date(Date.now() + 3_600_000).toISOString();

interface Given {
  /** No source is asked twice. */
  once?: boolean;
  settings?: Partial<CredentialSettings>;
  env?: Environment;
  files?: Record<string, string>;
}

function prepare({ settings = {}, env = {}, files = {}, once = false }: Given) {
  for (const [file, text] of Object.entries(files)) writeFileSync(join(home, file), text);
  const here = (text: string) => text.replace('HERE', home).replace('SERVER', server.url);
  const fullEnv = Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, value && here(value)]),
  );
  const secrets: { value: string; requests: number }[] = [];
  const aws = connect({
    settings: {
      ...settingsFor(server.url),
      maxAttempts: once ? 1 : 5,
      credentials: { ...noCredentialSettings, ...settings },
    },
    env: {
      HOME: home,
      AWS_CONFIG_FILE: join(home, 'config'),
      AWS_SHARED_CREDENTIALS_FILE: join(home, 'credentials'),
      ...fullEnv,
    },
    onSecret: (value) => secrets.push({ value, requests: server.seen.length }),
  });
  return { aws, secrets };
}

/** The access key id that signs a call, or the error. */
async function winner(given: Given): Promise<string | undefined> {
  const { aws } = prepare(given);
  try {
    await aws.verifyCredentials();
    return signedBy(server.seen.at(-1));
  } finally {
    aws.destroy();
  }
}

async function refusal(given: Given): Promise<AwsError> {
  const error = await winner(given).catch((reason: unknown) => reason);
  if (!(error instanceof AwsError)) throw new Error(`no AwsError: ${String(error)}`);
  return error;
}

const profileKeys = (id: string) => `aws_access_key_id = ${id}\naws_secret_access_key = secret-of-${id}\n`;

const layers: [string, Given, string][] = [
  ['static inputs', { settings: { static: testKeys } }, testKeys.accessKeyId],
  [
    'profile input',
    {
      settings: { profile: 'chosen' },
      files: {
        credentials: `[default]\n${profileKeys('AKIADEFAULT')}[chosen]\n${profileKeys('AKIACHOSEN')}`,
      },
    },
    'AKIACHOSEN',
  ],
  [
    'environment keys',
    { env: { AWS_ACCESS_KEY_ID: 'AKIAENV', AWS_SECRET_ACCESS_KEY: 'secret-of-env' } },
    'AKIAENV',
  ],
  [
    'web identity of the environment',
    {
      env: { AWS_ROLE_ARN: 'arn:aws:iam::111122223333:role/web', AWS_WEB_IDENTITY_TOKEN_FILE: 'HERE/token' },
      files: { token: 'the-oidc-token' },
    },
    'ASIAWEB',
  ],
  ['shared files', { files: { credentials: `[default]\n${profileKeys('AKIADEFAULT')}` } }, 'AKIADEFAULT'],
  ['container', { env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'SERVER/container' } }, 'AKIACONTAINER'],
  ['instance metadata', { settings: { skipMetadataApiCheck: false } }, 'AKIAINSTANCE'],
];

function merge(givens: Given[]): Given {
  return givens.reduceRight<Given>(
    (all, { settings, env, files }) => ({
      settings: { ...all.settings, ...settings },
      env: { ...all.env, ...env },
      files: { ...all.files, ...files },
    }),
    {},
  );
}

describe('the order of credential sources', () => {
  it.each(layers.map(([name, , id], index) => [name, index, id] as const))(
    '%s wins over every later source',
    async (_name, index, id) => {
      expect(await winner(merge(layers.slice(index).map(([, given]) => given)))).toBe(id);
    },
  );

  it.each(layers)('%s is sufficient alone', async (_name, given, id) => {
    expect(await winner(given)).toBe(id);
  });
});

describe('profiles and the environment', () => {
  const env = { AWS_ACCESS_KEY_ID: 'AKIAENV', AWS_SECRET_ACCESS_KEY: 'secret-of-env', AWS_PROFILE: 'chosen' };
  const files = { credentials: `[chosen]\n${profileKeys('AKIACHOSEN')}` };

  it('the profile input wins over keys in the environment', async () => {
    expect(await winner({ settings: { profile: 'chosen' }, env, files })).toBe('AKIACHOSEN');
  });

  it('keys in the environment win over AWS_PROFILE', async () => {
    expect(await winner({ env, files })).toBe('AKIAENV');
  });

  it('AWS_PROFILE selects a profile in the shared files', async () => {
    expect(await winner({ env: { AWS_PROFILE: 'chosen' }, files })).toBe('AKIACHOSEN');
  });

  it('a profile input without credentials is an error, even when other sources have some', async () => {
    const error = await refusal({ settings: { profile: 'absent', skipMetadataApiCheck: false }, env, files });
    expect(error.kind).toBe('no_credentials');
    expect(explainAwsError(error)).toContain('profile absent');
    expect(server.seen).toEqual([]);
  });
});

describe('profiles', () => {
  const files = {
    config:
      '[profile deploy]\nrole_arn = arn:aws:iam::111122223333:role/deploy\nsource_profile = base\nexternal_id = ext-9\n',
    credentials: `[base]\n${profileKeys('AKIABASE')}`,
  };

  it('source_profile and role_arn assume the role at our STS endpoint, with our user agent', async () => {
    expect(await winner({ settings: { profile: 'deploy' }, files })).toBe('ASIAROLE');
    const [assume] = server.seen;
    expect(signedBy(assume)).toBe('AKIABASE');
    const form = new URLSearchParams(assume?.body);
    expect(form.get('RoleArn')).toBe('arn:aws:iam::111122223333:role/deploy');
    expect(form.get('ExternalId')).toBe('ext-9');
    expect(assume?.headers['user-agent']).toContain('terraform-s3-state/1.0.0');
    expect(assume?.headers.authorization).toContain('/eu-west-1/sts/');
  });

  it('shared_credentials_file replaces the default file, and its keys are case-insensitive', async () => {
    const mine = join(home, 'mine');
    writeFileSync(mine, `[default]\n${profileKeys('AKIAMINE')}`);
    expect(await winner({ settings: { sharedCredentialsFiles: [mine] }, files })).toBe('AKIAMINE');
    writeFileSync(
      mine,
      `[default]\n${profileKeys('AKIAUPPER').replaceAll(/aws_\w+/g, (key) => key.toUpperCase())}`,
    );
    expect(await winner({ settings: { sharedCredentialsFiles: [mine] }, files })).toBe('AKIAUPPER');
  });

  it('credential_process is run', async () => {
    const answer = JSON.stringify({ Version: 1, ...keysJson('AKIAPROCESS') });
    writeFileSync(join(home, 'answer.json'), answer);
    const config = `[default]\ncredential_process = cat ${join(home, 'answer.json')}\n`;
    // The SDK's process provider takes the config file from its own options, not from process.env.
    expect(await winner({ files: { config } })).toBe('AKIAPROCESS');
  });

  it('the error of a failed credential_process omits its command line, which may contain a secret', async () => {
    const config = '[default]\ncredential_process = false --password hunter2\n';
    const message = explainAwsError(await refusal({ files: { config } }));
    expect(message).toContain('its credential_process failed');
    expect(message).not.toContain('hunter2');
  });

  it('a refused role is an error, and no further source is tried', async () => {
    const refusing = await serve(() => ({
      status: 403,
      body: '<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>',
    }));
    const { aws } = prepare({ files, settings: {} });
    aws.destroy();
    const other = connect({
      settings: { ...settingsFor(refusing.url), credentials: { ...noCredentialSettings, profile: 'deploy' } },
      env: { AWS_CONFIG_FILE: join(home, 'config'), AWS_SHARED_CREDENTIALS_FILE: join(home, 'credentials') },
    });
    await expect(other.verifyCredentials()).rejects.toMatchObject({
      kind: 'access_denied',
      api: 'sts:AssumeRole',
      failure: { resource: 'role arn:aws:iam::111122223333:role/deploy' },
    });
    other.destroy();
    await refusing.close();
  });
});

describe('web identity', () => {
  it('is an unsigned call that carries the token', async () => {
    const [, given] = layers[3] ?? [];
    await winner(given ?? {});
    expect(server.seen[0]?.headers.authorization).toBeUndefined();
    expect(new URLSearchParams(server.seen[0]?.body).get('WebIdentityToken')).toBe('the-oidc-token');
  });
});

describe('no credentials anywhere', () => {
  it('lists the sources that were tried', async () => {
    const error = await refusal({ env: { AWS_PROFILE: 'absent' } });
    expect(error.kind).toBe('no_credentials');
    for (const word of [
      '`access_key`',
      'AWS_ACCESS_KEY_ID',
      'AWS_WEB_IDENTITY_TOKEN_FILE',
      'profile absent',
      'AWS_CONTAINER_CREDENTIALS_*',
      'off by `skip_metadata_api_check`',
    ]) {
      expect(explainAwsError(error)).toContain(word);
    }
    expect(server.seen).toEqual([]);
  });

  it('AWS_EC2_METADATA_DISABLED turns instance metadata off', async () => {
    const error = await refusal({
      settings: { skipMetadataApiCheck: undefined },
      env: { AWS_EC2_METADATA_DISABLED: 'true' },
    });
    expect(explainAwsError(error)).toContain('off by AWS_EC2_METADATA_DISABLED');
  });

  it('skip_metadata_api_check: false turns it on again', async () => {
    const settings = { skipMetadataApiCheck: false };
    expect(await winner({ settings, env: { AWS_EC2_METADATA_DISABLED: 'true' } })).toBe('AKIAINSTANCE');
  });

  it('a metadata service that never answers is given up', async () => {
    const silent = await serve(() => 'hang');
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', silent.url);
    const error = await refusal({ settings: { skipMetadataApiCheck: undefined }, once: true });
    expect(explainAwsError(error)).toContain('instance metadata');
    await silent.close();
  });

  it("a failed container service doesn't fall back to the machine's credentials", async () => {
    const error = await refusal({
      settings: { skipMetadataApiCheck: false },
      env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'SERVER/broken' },
    });
    expect(explainAwsError(error)).toContain('status: 404');
    expect(explainAwsError(error)).not.toContain('instance metadata');
  });
});

describe('a source that never answers', () => {
  const names = ['signIn', 'verifyCredentials'] as const;

  /** A container service that answers from the second request on. */
  async function slow() {
    const service = await serve((seen, count) => (count === 1 ? 'hang' : everything(seen)));
    const controller = new AbortController();
    const aws = connect({
      settings: settingsFor(service.url, { static: undefined }),
      env: { HOME: home, AWS_CONTAINER_CREDENTIALS_FULL_URI: `${service.url}/container` },
      signal: controller.signal,
    });
    return { service, controller, aws };
  }

  it.each(names)('stops when the signal aborts (%s)', async (name) => {
    const { service, controller, aws } = await slow();
    const ended = expect(aws[name]()).rejects.toMatchObject({ name: 'AwsError', kind: 'aborted' });
    await vi.waitFor(() => expect(service.seen).toHaveLength(1));
    controller.abort(new Error('SIGINT'));
    await ended;
    aws.destroy();
    await service.close();
  });

  it.each(names)('is asked again immediately under the next signal (%s)', async (name) => {
    const { service, controller, aws } = await slow();
    const ended = expect(aws[name]()).rejects.toMatchObject({ kind: 'aborted' });
    await vi.waitFor(() => expect(service.seen).toHaveLength(1));
    controller.abort(new Error('SIGINT'));
    aws.continueUnder(new AbortController().signal);
    await aws[name]();
    await ended;
    aws.destroy();
    await service.close();
  });

  it('stops when the next signal aborts, too', async () => {
    const silent = await serve(() => 'hang');
    const last = new AbortController();
    const aws = connect({
      settings: settingsFor(silent.url, { static: undefined }),
      env: { HOME: home, AWS_CONTAINER_CREDENTIALS_FULL_URI: `${silent.url}/container` },
      signal: AbortSignal.abort(),
    });
    aws.continueUnder(last.signal);
    const ended = expect(aws.signIn()).rejects.toMatchObject({ kind: 'aborted' });
    await vi.waitFor(() => expect(silent.seen).toHaveLength(1));
    last.abort(new Error('time is up'));
    await ended;
    aws.destroy();
    await silent.close();
  });

  it('is the last source that is asked after an abort', async () => {
    const { service, controller, aws } = await slow();
    const ended = expect(aws.signIn()).rejects.toMatchObject({ kind: 'aborted' });
    await vi.waitFor(() => expect(service.seen).toHaveLength(1));
    controller.abort(new Error('SIGINT'));
    await ended;
    await expect(aws.signIn()).rejects.toMatchObject({ kind: 'aborted' });
    expect(service.seen).toHaveLength(1);
    aws.destroy();
    await service.close();
  });
});

describe('secrets', () => {
  it('every configured key is reported before anything is sent', () => {
    const { aws, secrets } = prepare({
      settings: { static: { ...testKeys, sessionToken: 'given-token' } },
      env: {
        AWS_ACCESS_KEY_ID: 'AKIAENV',
        AWS_SECRET_ACCESS_KEY: 'secret-of-env',
        AWS_SESSION_TOKEN: 'token-of-env',
      },
    });
    aws.destroy();
    expect(secrets.map(({ value }) => value)).toEqual(
      expect.arrayContaining([
        ...Object.values({ ...testKeys, sessionToken: 'given-token' }),
        'secret-of-env',
        'token-of-env',
      ]),
    );
  });

  it('the secret parts of keys in the environment are reported, but not their id, which may be any word of a log', async () => {
    const env = { AWS_ACCESS_KEY_ID: 'minioadmin', AWS_SECRET_ACCESS_KEY: 'minioadmin-s' };
    const { aws, secrets } = prepare({ env });
    await aws.verifyCredentials();
    aws.destroy();
    expect(new Set(secrets.map(({ value }) => value))).toEqual(new Set(['minioadmin-s']));
    const same = prepare({ env: { ...env, AWS_SECRET_ACCESS_KEY: 'minioadmin' } });
    same.aws.destroy();
    expect(same.secrets.map(({ value }) => value)).toEqual(['minioadmin']);
  });

  it.each(layers)('keys of %s are reported before their first use', async (_name, given, id) => {
    const { aws, secrets } = prepare(given);
    await aws.verifyCredentials();
    aws.destroy();
    const used = server.seen.findIndex((seen) => signedBy(seen) === id);
    const known = secrets.filter(({ requests }) => requests <= used).map(({ value }) => value);
    if (id !== 'AKIAENV') expect(known).toContain(id);
    const secret = [`secret-of-${id}`, testKeys.secretAccessKey, 'secret-of-env'];
    expect(known.some((value) => secret.includes(value))).toBe(true);
  });

  it('the tokens of an assumed session and of web identity are reported', async () => {
    const { aws, secrets } = prepare(layers[3]?.[1] ?? {});
    await aws.verifyCredentials();
    aws.destroy();
    const values = secrets.map(({ value }) => value);
    expect(values).toEqual(expect.arrayContaining(['the-oidc-token', 'token-of-ASIAWEB']));
  });
});
