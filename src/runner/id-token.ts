import type { HttpClient } from '@actions/http-client';
import * as v from 'valibot';
import type { Environment } from './inputs.ts';

const TIME_FOR_AN_ANSWER_MS = 10_000;

const Answer = v.object({ value: v.pipe(v.string(), v.minLength(1)) });

/** GitHub issued no token. `status` is that of its answer; without an answer there is only a `cause`. */
export class IdTokenError extends Error {
  readonly status: number | undefined;

  constructor(message: string, status: number | undefined, cause: unknown) {
    super(message, { cause });
    this.name = 'IdTokenError';
    this.status = status;
  }
}

/**
 * Asks GitHub once for the job's OIDC token (docs/runner.md#environment), with @actions/http-client, which supports the
 * proxy variables. The token is a secret that lasts minutes. Errors: IdTokenError, the signal's reason.
 */
export async function requestIdToken(
  env: Environment,
  audience: string,
  signal: AbortSignal,
): Promise<string> {
  signal.throwIfAborted();
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = env;
  if (!url || !bearer) throw new IdTokenError('the job has no permission `id-token: write`', 403, undefined);
  // Loaded here, because it is a third of the bundle, and most jobs have other credentials.
  const { HttpClient } = await import('@actions/http-client');
  const client = new HttpClient('terraform-s3-state', [], {
    allowRetries: false,
    allowRedirects: false,
    socketTimeout: TIME_FOR_AN_ANSWER_MS,
    // Only a kept connection can be closed before its answer.
    keepAlive: true,
  });
  const cut = (): void => client.dispose();
  signal.addEventListener('abort', cut);
  try {
    return await ask(client, withAudience(url, audience), bearer);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', cut);
    client.dispose();
  }
}

function withAudience(url: string, audience: string): string {
  const full = new URL(url);
  full.searchParams.set('audience', audience);
  return full.href;
}

async function ask(client: HttpClient, url: string, bearer: string): Promise<string> {
  const { status, body } = await readAnswer(client, url, bearer);
  if (status !== 200) throw new IdTokenError(`GitHub answers ${status}`, status, undefined);
  const answer = v.safeParse(v.pipe(v.string(), v.parseJson(), Answer), body);
  // The content is not quoted, because it could be half a token.
  if (!answer.success) throw new IdTokenError("GitHub's answer contains no token", undefined, undefined);
  return answer.output.value;
}

async function readAnswer(client: HttpClient, url: string, bearer: string) {
  try {
    const response = await client.get(url, { authorization: `Bearer ${bearer}`, accept: 'application/json' });
    return { status: response.message.statusCode ?? 0, body: await response.readBody() };
  } catch (error) {
    throw new IdTokenError('GitHub gave no answer', undefined, coded(error));
  }
}

/** The client's own time limit has no code like Node's errors. */
function coded(error: unknown): unknown {
  const isLate = error instanceof Error && error.message.startsWith('Request timeout');
  return isLate ? Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' }) : error;
}
