import { GetObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { isThisMachine } from '../../src/aws/plain-http.ts';
import { explain } from '../../src/messages/explain.ts';
import { connect, settingsFor } from '../aws/support.ts';
import { readBackend } from '../job-state/support.ts';

const KEY = `${'A'.repeat(43)}=`;
const ROLE = { role_arn: 'arn:aws:iam::111122223333:role/r' };
const OIDC = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://t', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'bearer' };
const SESSION = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 's', AWS_SESSION_TOKEN: 't' };
const STATIC = { access_key: 'AKIA', secret_key: 's', token: 't' };
const SSE_C = { encrypt: 'true', sse_customer_key: KEY };
const PLAIN = 'http://store.example:9000';

type Attack = readonly [
  secret: string,
  input: string,
  inputs: Record<string, string>,
  env: Record<string, string>,
];

/** The secrets that would be readable on the network. */
const ATTACKS: readonly Attack[] = [
  ['the SSE-C key', 'endpoint', SSE_C, {}],
  ['an OIDC token', 'sts_endpoint', ROLE, OIDC],
  ['an OIDC token', 'sts_endpoint', { ...ROLE, web_identity_token_file: '/t' }, {}],
  ['a session token', 'endpoint', ROLE, {}],
  ['a session token', 'endpoint', ROLE, OIDC],
  ['a session token', 'dynamodb_endpoint', ROLE, OIDC],
  ['a session token', 'endpoint', STATIC, {}],
  ['a session token', 'dynamodb_endpoint', STATIC, {}],
  ['a session token', 'sts_endpoint', STATIC, {}],
  ['a session token', 'endpoint', {}, SESSION],
  ['a session token', 'sts_endpoint', { role_arn: `${ROLE.role_arn}\n${ROLE.role_arn}2` }, OIDC],
];

describe('plain http to another machine', () => {
  it.each(ATTACKS)('%s is not sent to %s: %j %j', (secret, input, inputs, env) => {
    const refused = (url: string, more: Record<string, string> = {}) =>
      readBackend({ ...inputs, [input]: url, ...more }, env).problems;
    const reported = refused(PLAIN);
    expect(reported).toHaveLength(1);
    expect(reported[0]).toMatchObject({ input, value: PLAIN });
    expect(reported[0]?.fix).toMatch(/would go to store\.example:9000 over plain http/);
    if (!inputs.role_arn?.includes('\n')) expect(reported[0]?.fix).toContain(secret);
    expect(refused(PLAIN, { insecure: 'true' })).toEqual([]);
    expect(refused('https://store.example')).toEqual([]);
    expect(refused('http://127.0.0.1:9000')).toEqual([]);
  });

  it('may be used without secrets: signing keys are never sent', () => {
    const keys = { access_key: 'AKIA', secret_key: 's' };
    for (const input of ['endpoint', 'dynamodb_endpoint', 'sts_endpoint']) {
      expect(readBackend({ ...keys, [input]: PLAIN }).problems).toEqual([]);
    }
    expect(readBackend({ sse_customer_key: KEY, endpoint: PLAIN }).problems).toEqual([]);
  });

  it.each([
    ['an environment variable', { AWS_ENDPOINT_URL_S3: PLAIN }],
    ['an endpoint for all services', { AWS_ENDPOINT_URL: PLAIN }],
  ])('is refused from %s, too', (_, env) => {
    const { problems } = readBackend(SSE_C, env);
    expect(problems).toMatchObject([{ input: 'endpoint', value: PLAIN }]);
  });

  it('is refused for credentials that are found later and have a session token: nothing is sent', async () => {
    const credentials = { static: { accessKeyId: 'AKIA', secretAccessKey: 's', sessionToken: 'hush-hush' } };
    const get = async (insecure: boolean) => {
      const settings = settingsFor('http://store.invalid:9000', credentials);
      const network = { ...settings.network, insecure };
      const aws = connect({ settings: { ...settings, maxAttempts: 1, network } });
      const call = aws.call({ api: 's3:GetObject', resource: 's3://b/k' }, (abortSignal) =>
        aws.s3.send(() => new GetObjectCommand({ Bucket: 'b', Key: 'k' }), { abortSignal }),
      );
      const error = await call.catch((error: Error) => error);
      aws.destroy();
      return explain(error, 0);
    };
    expect(await get(false)).toContain('a session token would go to');
    expect(await get(false)).not.toContain('hush-hush');
    expect(await get(true)).not.toContain('a session token would go to');
  });

  it.each([
    ['localhost', true],
    ['LOCALHOST.', true],
    ['bucket.localhost', true],
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['[::1]', true],
    ['localhost.evil.example', false],
    ['127.0.0.1.evil.example', false],
    ['evil-localhost', false],
    ['10.0.0.1', false],
    ['0.0.0.0', false],
  ])('%s counts as the local machine: %s', (host, isHere) => expect(isThisMachine(host)).toBe(isHere));
});
