import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { connectAws } from '../../src/aws/connect.ts';
import { readBackendInputs } from '../../src/inputs/backend-inputs.ts';
import { inputEnv, job, openReader } from '../job-state/support.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { folderWith, mergedBackend } from '../support/terraform-backend.ts';
import { differs } from './opentofu.ts';

/** One request to STS: its signer and its parameters. */
type Asked = Record<string, string>;

/** An STS that accepts everybody and records its requests, with keys named after their role. */
async function kindSts(): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const body = new URLSearchParams((await request.toArray()).join(''));
    response.setHeader('content-type', 'text/xml');
    if (request.method !== 'POST') {
      response.writeHead(request.url?.includes('list-type=2') ? 200 : 404);
      return void response.end('<ListBucketResult></ListBucketResult>');
    }
    const action = body.get('Action') ?? '';
    const signer = /Credential=([^/]+)/.exec(request.headers.authorization ?? '')?.[1] ?? 'nobody';
    if (action.startsWith('AssumeRole')) asked.push({ signer, ...Object.fromEntries(body) });
    const name = body.get('RoleArn')?.split('/').at(-1);
    const keys = `<AccessKeyId>ASIA${name}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>`;
    const session = `<Credentials>${keys}<Expiration>2999-01-01T00:00:00Z</Expiration></Credentials>`;
    const result = action === 'GetCallerIdentity' ? '<Account>123456789012</Account>' : session;
    response.end(
      `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result>${result}</${action}Result></${action}Response>`,
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, asked };
}

const OTHERS = ['credentials_validation', 'metadata_api_check', 'region_validation', 'requesting_account_id'];

/** The requests that both make, each once: Terraform discards its first session and opens another one. */
function once(asked: readonly Asked[]): string[] {
  return [...new Set(asked.map((one) => JSON.stringify(Object.entries(one).sort())))];
}

/** The requests to STS with a block: Terraform's and this action's. */
async function bothAsk(lines: readonly string[]) {
  const folder = await folderWith({ token: 'eyJhbGciOiJub25lIn0.e30.c2ln' });
  const theirs = await kindSts();
  const ours = await kindSts();
  const block = (url: string) => [
    'bucket=b',
    'key=k',
    'region=us-east-1',
    'use_path_style=true',
    ...OTHERS.map((name) => `skip_${name}=true`),
    `endpoints={ s3 = "${url}", sts = "${url}" }`,
    ...lines.map((line) => line.replaceAll('TOKEN', join(folder, 'token'))),
  ];
  const module = await folderWith({ 'main.tf': 'terraform {\n  backend "s3" {}\n}\n' });
  const init = await mergedBackend(module, block(theirs.url));
  expect(init.config, init.stderr).toBeDefined();
  const env = inputEnv({ backend_config: block(ours.url).join('\n'), session_tags: 'false' });
  const { reader } = await openReader(env);
  const { settings } = readBackendInputs(reader, job, undefined);
  expect(reader.problems).toEqual([]);
  const aws = connectAws({
    settings: settings.aws,
    env: {},
    userAgent: [],
    clock: createFakeClock(),
    signal: new AbortController().signal,
    tryForMs: 0,
    onSecret: () => {},
  });
  await aws.signIn();
  aws.destroy();
  return { theirs: once(theirs.asked), ours: once(ours.asked) };
}

const KEYS = ['access_key=AKIAIOSFODNN7EXAMPLE', 'secret_key=secretOfTheExample'];
const toArn = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
const POLICY = '{\\"Version\\":\\"2012-10-17\\",\\"Statement\\":[]}';
const WEB = `role_arn = "${toArn('web')}", web_identity_token_file = "TOKEN"`;
const FIRST = `assume_role_with_web_identity={ ${WEB}, session_name = "first", duration = "30m", policy_arns = ["arn:aws:iam::aws:policy/ReadOnlyAccess"] }`;
const SECOND = `assume_role={ role_arn = "${toArn('state')}", session_name = "second", duration = "15m", external_id = "x1", policy = "${POLICY}", source_identity = "alice", tags = { team = "a" }, transitive_tag_keys = ["team"] }`;

function withoutSourceIdentity(request: string): string {
  return request.replace('["SourceIdentity","alice"],', '');
}

describe.skipIf(inject('terraform') === undefined)(
  'the roles of a backend block are assumed as by terraform',
  () => {
    it.each([
      ['by keys', [...KEYS, SECOND], 1],
      ['by a web identity', [FIRST], 1],
      ['by a web identity, whose role assumes another one', [FIRST, SECOND], 2],
    ])('%s', async (_, lines, roles) => {
      const { theirs, ours } = await bothAsk(lines);
      const isWithout = differs("does not send an assumed role's source_identity");
      expect(isWithout ? ours.map(withoutSourceIdentity) : ours).toEqual(theirs);
      expect(ours).toHaveLength(roles);
    });
  },
);
