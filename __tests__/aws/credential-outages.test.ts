import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Environment } from '../../src/aws/aws.ts';
import type { CredentialSettings } from '../../src/aws/settings.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import {
  type Answer,
  callerIdentity,
  connect,
  explainFailure,
  noCredentialSettings,
  type Seen,
  serve,
  settingsFor,
  signedBy,
  type TestServer,
} from './support.ts';

const TOKEN = '/latest/api/token';
const ROLES = '/latest/meta-data/iam/security-credentials/';
const KEYS = `${ROLES}instance-role`;
const CONTAINER = '/container';
const SSO = '/federation/credentials';

const machine = { skipMetadataApiCheck: false };

let home: string;
let server: TestServer;
/** The fault that a request to a source meets, by its path and by the number of earlier requests for it. */
let trouble: (path: string, before: number) => Answer | 'fine';

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'aws-outage-'));
  const asked = new Map<string, number>();
  server = await serve((seen) => {
    const before = asked.get(seen.path) ?? 0;
    asked.set(seen.path, before + 1);
    const answer = trouble(seen.path, before);
    return answer === 'fine' ? usually(seen) : answer;
  });
  vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', server.url);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await server.close();
  await rm(home, { recursive: true });
});

/** An instance that supports only IMDSv2, and a container's agent. */
function usually({ path, headers }: Seen): Answer {
  const keys = { AccessKeyId: 'AKIAFOUND', SecretAccessKey: 'secret-of-found', Token: 'token-of-found' };
  const body = JSON.stringify({ ...keys, Expiration: new Date(Date.now() + 3_600_000).toISOString() });
  if (path === CONTAINER) return { status: 200, body };
  if (path.startsWith(SSO)) return { status: 200, body: JSON.stringify(ssoAnswer()) };
  if (path === TOKEN) return { status: 200, body: 'imds-token' };
  if (path.startsWith(ROLES)) {
    if (headers['x-aws-ec2-metadata-token'] !== 'imds-token') return { status: 401 };
    return { status: 200, body: path === ROLES ? 'instance-role' : body };
  }
  return headers.authorization ? callerIdentity() : { status: 404 };
}

function ssoAnswer() {
  const keys = {
    accessKeyId: 'AKIAFOUND',
    secretAccessKey: 'secret-of-found',
    sessionToken: 'token-of-found',
  };
  return { roleCredentials: { ...keys, expiration: Date.now() + 3_600_000 } };
}

interface Given {
  readonly credentials?: Partial<CredentialSettings>;
  readonly env?: Environment;
  readonly tryForMs?: number;
  readonly hadCredentials?: boolean;
}

/** The access key id that finally signs a call, and how long that took on the clock, in ms. */
async function signIn({ credentials = {}, env = {}, tryForMs = 60_000, hadCredentials = false }: Given) {
  const clock = createFakeClock({ startEpochMs: Date.now(), autoAdvance: true });
  const aws = connect({
    settings: { ...settingsFor(server.url), credentials: { ...noCredentialSettings, ...credentials } },
    env: { HOME: home, AWS_CONFIG_FILE: join(home, 'config'), ...env },
    clock,
    tryForMs,
    hadCredentials,
  });
  try {
    await aws.verifyCredentials();
    return { key: signedBy(server.seen.at(-1)), ms: clock.monotonic() };
  } finally {
    aws.destroy();
  }
}

const container = () => ({ AWS_CONTAINER_CREDENTIALS_FULL_URI: `${server.url}${CONTAINER}` });

const passing: [string, Answer][] = [
  ['500', { status: 500 }],
  ['503', { status: 503 }],
  ['429', { status: 429 }],
  ['a cut connection', undefined],
  ['no answer in time', 'hang'],
  ['half an answer', { status: 200, body: '{"AccessKeyId": "AK' }],
];

describe('a source of credentials that fails once', () => {
  const calls: [string, string, Given][] = [
    ["the instance's token", TOKEN, { credentials: machine }],
    ["the instance's role", ROLES, { credentials: machine }],
    ["the instance's keys", KEYS, { credentials: machine }],
  ];

  it.each(
    calls.flatMap(([name, path, given]) =>
      passing.map(([what, answer]) => ({ name, path, given, what, answer })),
    ),
  )('$name: $what', async ({ path, given, what, answer }) => {
    // A truncated token or name can't be recognised as truncated.
    if (what === 'half an answer' && path !== KEYS) return;
    trouble = (asked, before) => (asked === path && before === 0 ? answer : 'fine');
    expect(await signIn(given)).toMatchObject({ key: 'AKIAFOUND' });
  });

  it.each(passing)("the container's agent: %s", async (_, answer) => {
    trouble = (asked, before) => (asked === CONTAINER && before === 0 ? answer : 'fine');
    expect(await signIn({ env: container() })).toMatchObject({ key: 'AKIAFOUND' });
  });

  /** Signs alice in to SSO, whose profile the file `config` in her home directory has. */
  function signInToSso(): string {
    vi.stubEnv('HOME', home);
    vi.stubEnv('AWS_ENDPOINT_URL_SSO', server.url);
    const startUrl = 'https://acme.awsapps.com/start';
    const cache = join(home, '.aws/sso/cache');
    mkdirSync(cache, { recursive: true });
    const token = {
      accessToken: 'token-of-alice',
      expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    };
    const name = createHash('sha1').update(startUrl).digest('hex');
    writeFileSync(join(cache, `${name}.json`), JSON.stringify(token));
    const profile = ['sso_account_id = 111122223333', 'sso_region = eu-west-1', 'sso_role_name = reader'];
    const config = join(home, 'config');
    writeFileSync(config, ['[default]', `sso_start_url = ${startUrl}`, ...profile].join('\n'));
    return config;
  }

  it.each(passing.filter(([what]) => what !== 'no answer in time'))("SSO's portal: %s", async (_, answer) => {
    vi.stubEnv('AWS_CONFIG_FILE', signInToSso());
    trouble = (asked, before) => (asked.startsWith(SSO) && before === 0 ? answer : 'fine');
    // The pause comes from our retry policy and its clock: the SDK itself retries nothing.
    expect(await signIn({})).toEqual({ key: 'AKIAFOUND', ms: expect.toSatisfy((ms: number) => ms >= 50) });
    expect(server.seen.filter(({ path }) => path.startsWith(SSO))).toHaveLength(2);
  });

  it.each(['/nowhere/config', ''])(
    'a profile of SSO is read from shared_config_files, with AWS_CONFIG_FILE=%j',
    async (elsewhere) => {
      const config = signInToSso();
      vi.stubEnv('AWS_CONFIG_FILE', elsewhere);
      const given = { credentials: { sharedConfigFiles: [config] }, env: { AWS_CONFIG_FILE: elsewhere } };
      expect(await signIn(given)).toMatchObject({ key: 'AKIAFOUND' });
    },
  );

  it("a profile of SSO is read from the file that Terraform's own variable names", async () => {
    const config = signInToSso();
    vi.stubEnv('AWS_CONFIG_FILE', '/nowhere/config');
    expect(await signIn({ env: { AWS_SHARED_CONFIG_FILE: config } })).toMatchObject({ key: 'AKIAFOUND' });
  });

  it('credential_process: a nonzero exit code', async () => {
    trouble = () => 'fine';
    const answer = JSON.stringify({ Version: 1, AccessKeyId: 'AKIAPROCESS', SecretAccessKey: 'secret' });
    writeFileSync(join(home, 'answer.json'), answer);
    const script = join(home, 'keys.sh');
    writeFileSync(script, `mkdir ${home}/ran 2>/dev/null && exit 1; cat ${home}/answer.json\n`);
    writeFileSync(join(home, 'config'), `[default]\ncredential_process = sh ${script}\n`);
    expect(await signIn({})).toMatchObject({ key: 'AKIAPROCESS' });
  });
});

describe('a source of credentials that fails for a while', () => {
  it.each([1, 3, 10, 30])('is asked again during an outage of %d s', async (seconds) => {
    const clock = createFakeClock({ startEpochMs: Date.now(), autoAdvance: true });
    trouble = () => (clock.monotonic() < seconds * 1000 ? { status: 500 } : 'fine');
    const aws = connect({
      settings: { ...settingsFor(server.url), credentials: noCredentialSettings },
      env: container(),
      clock,
      tryForMs: 60_000,
    });
    await aws.signIn();
    aws.destroy();
    expect(clock.monotonic()).toBeLessThan(seconds * 1000 + 10_000);
  });

  it('is given up when the time is up, and the error quotes it', async () => {
    trouble = () => ({ status: 503 });
    expect(await explainFailure(signIn({ env: container() }))).toMatchObject({
      kind: 'no_credentials',
      words: expect.stringContaining('status: 503'),
    });
  });

  it('a source that answers with its usual refusal is asked once', async () => {
    trouble = () => ({ status: 404 });
    await expect(signIn({ credentials: machine })).rejects.toMatchObject({ kind: 'no_credentials' });
    expect(server.seen.map(({ path }) => path)).toEqual([TOKEN, ROLES]);
  });

  it('a machine without such a service is given up sooner than one that gave keys before', async () => {
    const closed = await serve(() => undefined);
    await closed.close();
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', closed.url);
    const waits = async (hadCredentials: boolean) => {
      const clock = createFakeClock({ startEpochMs: Date.now(), autoAdvance: true });
      const aws = connect({
        settings: { ...settingsFor(server.url), credentials: { ...noCredentialSettings, ...machine } },
        env: { HOME: home },
        clock,
        tryForMs: 60_000,
        hadCredentials,
      });
      await expect(aws.signIn()).rejects.toMatchObject({ kind: 'no_credentials' });
      aws.destroy();
      return clock.monotonic();
    };
    expect(await waits(false)).toBe(5_000);
    expect(await waits(true)).toBe(60_000);
  });

  it('stops when the signal aborts', async () => {
    trouble = () => ({ status: 500 });
    const controller = new AbortController();
    const clock = createFakeClock({ startEpochMs: Date.now() });
    const aws = connect({
      settings: { ...settingsFor(server.url), credentials: noCredentialSettings },
      env: container(),
      clock,
      tryForMs: 60_000,
      signal: controller.signal,
    });
    const ended = expect(aws.signIn()).rejects.toMatchObject({ kind: 'aborted' });
    await vi.waitFor(() => expect(clock.pending()).toHaveLength(1));
    controller.abort(new Error('SIGINT'));
    await ended;
    aws.destroy();
  });
});
