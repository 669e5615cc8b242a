import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { Aws, ConnectOptions } from '../../src/aws/aws.ts';
import { connectAws } from '../../src/aws/connect.ts';
import { AwsError, type AwsErrorKind } from '../../src/aws/errors.ts';
import type { AwsSettings, CredentialSettings } from '../../src/aws/settings.ts';
import { explainAwsError } from '../../src/messages/explain-aws-error.ts';
import { plainAwsSettings, plainCredentials } from '../support/aws-settings.ts';
import { createFakeClock } from '../support/fake-clock.ts';

/** A request as it came over the wire, its path untouched. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** The server's answer; `undefined` cuts the connection, `'hang'` never answers. */
export type Answer = { status: number; headers?: Record<string, string>; body?: string } | 'hang' | undefined;

export interface TestServer {
  readonly url: string;
  readonly seen: Seen[];
  /** How many connections it accepted. */
  countConnections(): number;
  /** Breaks the open connections; the server continues to listen. */
  cutConnections(): void;
  close(): Promise<void>;
}

/** A plain HTTP server on a free local port that answers with `answer`. */
export async function serve(answer: (seen: Seen, count: number) => Answer): Promise<TestServer> {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    seen.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body });
    const given = answer(seen.at(-1) ?? fail(), seen.length);
    if (given === 'hang') return;
    if (given === undefined) return void request.socket.destroy();
    response.writeHead(given.status, {
      'x-amzn-requestid': 'REQ-1',
      'x-amz-request-id': 'REQ-1',
      ...given.headers,
    });
    response.end(given.body);
  });
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const url = `http://127.0.0.1:${address.port}`;
  return {
    url,
    seen,
    countConnections: () => connections,
    close,
    cutConnections: () => server.closeAllConnections(),
  };
}

function fail(): never {
  throw new Error('nothing was seen');
}

export const testKeys = {
  accessKeyId: 'AKIATESTTESTTESTTEST',
  secretAccessKey: 'secret-of-the-test-key',
  sessionToken: undefined,
};

export const noCredentialSettings: CredentialSettings = { ...plainCredentials, skipMetadataApiCheck: true };

/** Settings for one endpoint that serves as all three services. */
export function settingsFor(
  url: string | undefined,
  credentials: Partial<CredentialSettings> = {},
): AwsSettings {
  return {
    ...plainAwsSettings,
    endpoints: { s3: url, dynamodb: url, sts: url },
    usePathStyle: true,
    credentials: { ...noCredentialSettings, static: testKeys, ...credentials },
  };
}

/** A connection on a clock that advances by itself, without jitter. */
export function connect(options: Partial<ConnectOptions> & { settings: AwsSettings }): Aws {
  return connectAws({
    userAgent: [['terraform-s3-state', '1.0.0']],
    env: {},
    clock: createFakeClock({ startEpochMs: Date.now(), autoAdvance: true }),
    signal: new AbortController().signal,
    tryForMs: 0,
    onSecret: () => undefined,
    random: () => 1,
    ...options,
  });
}

/** An answer of STS to `AssumeRole` or `AssumeRoleWithWebIdentity`. */
export function assumedRole(
  api: string,
  id: string,
  expiresAt = Date.now() + 3_600_000,
  arn = roleSessionArn,
): Answer {
  const body =
    `<${api}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${api}Result><Credentials>` +
    `<AccessKeyId>${id}</AccessKeyId><SecretAccessKey>secret-of-${id}</SecretAccessKey>` +
    `<SessionToken>token-of-${id}</SessionToken><Expiration>${new Date(expiresAt).toISOString()}</Expiration>` +
    `</Credentials><AssumedRoleUser><Arn>${arn}</Arn><AssumedRoleId>AROA:s</AssumedRoleId></AssumedRoleUser>` +
    `</${api}Result></${api}Response>`;
  return { status: 200, headers: { 'content-type': 'text/xml' }, body };
}

export const roleSessionArn = 'arn:aws:sts::111122223333:assumed-role/state/gh-42';

export function callerIdentity(arn = 'arn:aws:iam::111122223333:user/ci'): Answer {
  const body =
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>' +
    `<Arn>${arn}</Arn><UserId>U</UserId><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`;
  return { status: 200, headers: { 'content-type': 'text/xml' }, body };
}

/** The access key id that signed a request. */
export function signedBy(seen: Seen | undefined): string | undefined {
  return /Credential=([^/]+)\//.exec(seen?.headers.authorization ?? '')?.[1];
}

export const dynamodbOk: Answer = {
  status: 200,
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body: '{}',
};

export function s3Error(status: number, code: string, message: string, extra = '', headers = {}): Answer {
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message>${extra}<RequestId>REQ-1</RequestId></Error>`;
  return { status, headers: { 'content-type': 'application/xml', ...headers }, body };
}

export function dynamodbError(status: number, type: string, message: string, extra = {}): Answer {
  const body = JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message, ...extra });
  return { status, headers: { 'content-type': 'application/x-amz-json-1.0' }, body };
}

export function stsError(status: number, code: string, message: string): Answer {
  const body =
    '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>' +
    `<Code>${code}</Code><Message>${message}</Message></Error><RequestId>REQ-1</RequestId></ErrorResponse>`;
  return { status, headers: { 'content-type': 'text/xml' }, body };
}

/** The kind of error that a call ends with, and the text that the user reads. */
export async function explainFailure(call: Promise<unknown>): Promise<{ kind: AwsErrorKind; words: string }> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof AwsError)) throw new Error(`no AwsError: ${error}`);
  return { kind: error.kind, words: explainAwsError(error) };
}
