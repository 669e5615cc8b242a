import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** One request for a token, as it came. */
export interface TokenRequest {
  readonly audience: string | null;
  readonly authorization: string | undefined;
  readonly accept: string | undefined;
}

/** What the service does instead of issuing a token; `'hang'` never answers, `undefined` cuts the connection. */
export type TokenFault = { status: number; body?: string } | 'hang' | undefined;

/** GitHub's token service for one job, on a free local port. */
export interface TokenService {
  /** What the runner sets with `id-token: write`. */
  readonly variables: { ACTIONS_ID_TOKEN_REQUEST_URL: string; ACTIONS_ID_TOKEN_REQUEST_TOKEN: string };
  readonly port: number;
  readonly requests: TokenRequest[];
  /** All issued tokens, oldest first. */
  readonly tokens: string[];
  /** Decides about request number `count` (from 1); `'pass'` issues a token. */
  onRequest(decide: (count: number) => TokenFault | 'pass'): void;
  stop(): Promise<void>;
}

export const ISSUER = 'https://token.actions.githubusercontent.com';

/** The claims of a job on the branch main. */
export const claimsOfMain = {
  iss: ISSUER,
  sub: 'repo:octo-org/infrastructure:ref:refs/heads/main',
  repository: 'octo-org/infrastructure',
  repository_id: '1296269',
  repository_owner: 'octo-org',
  repository_owner_id: '9919',
};

/** A JWT with these claims and a fake signature; no two are the same. */
export function tokenWith(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signature = randomBytes(256).toString('base64url');
  return [part({ alg: 'RS256', typ: 'JWT' }), part(claims), signature].join('.');
}

/** Starts the service; its tokens have the claims of a job on the branch main, and those given here. */
export async function startTokenService(claims: object = {}): Promise<TokenService> {
  const bearer = `runtime-${randomBytes(16).toString('hex')}`;
  const requests: TokenRequest[] = [];
  const tokens: string[] = [];
  let decide: (count: number) => TokenFault | 'pass' = () => 'pass';
  const server = createServer((request, response) => {
    const seen = readRequest(request);
    requests.push(seen);
    const fault = decide(requests.length);
    if (fault === 'hang') return;
    if (fault === undefined) return void request.socket.destroy();
    if (fault !== 'pass') return send(response, fault.status, fault.body ?? '{"message":"no"}');
    if (seen.authorization !== `Bearer ${bearer}`) return send(response, 401, '{"message":"who are you"}');
    const token = tokenWith({ ...claimsOfMain, ...claims, aud: seen.audience });
    tokens.push(token);
    send(response, 200, JSON.stringify({ count: 1, value: token }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    requests,
    tokens,
    variables: {
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${address.port}/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer,
    },
    onRequest: (rule) => {
      decide = rule;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function readRequest({ url, headers }: IncomingMessage): TokenRequest {
  const { searchParams } = new URL(url ?? '', 'http://service');
  const isOurs = searchParams.get('api-version') === '2.0';
  return {
    audience: isOurs ? searchParams.get('audience') : null,
    authorization: headers.authorization,
    accept: headers.accept,
  };
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(body);
}
