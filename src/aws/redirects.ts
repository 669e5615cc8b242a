import type { S3Client } from '@aws-sdk/client-s3';
import { HttpRequest } from '@smithy/core/protocols';
import { isRecord } from './is-record.ts';
import { repeatBody } from './repeatable-body.ts';

const MOST_REDIRECTS = 3;

/** A store's redirect that is not followed. The message says why. */
export class RefusedRedirect extends Error {
  /** Describes the answer as the SDK's errors do: a redirect, so nothing was done. */
  readonly $metadata = { httpStatusCode: 307 };

  constructor(why: string) {
    super(why);
    this.name = 'RefusedRedirect';
  }
}

/**
 * Makes an S3 client follow the redirects (307, 308) of a store to another of its own hosts. Each following request is
 * signed again for its host and undergoes the same checks as any other request. Redirects of STS and DynamoDB are not
 * followed, so no token goes anywhere by a redirect.
 */
export function followRedirects(s3: S3Client): void {
  s3.middlewareStack.add(
    (next) => (args) => sendOn(args.request, (request) => next({ ...args, request })),
    // At this step the request is complete, but not signed.
    { step: 'build', priority: 'low', name: 'followRedirects' },
  );
}

async function sendOn<Answer>(
  request: unknown,
  send: (request: unknown) => Promise<Answer>,
  redirects = 0,
): Promise<Answer> {
  try {
    return await send(request);
  } catch (error) {
    const location = locationIn(error);
    if (location === undefined || !HttpRequest.isInstance(request)) throw error;
    if (redirects === MOST_REDIRECTS) throw tooMany();
    return await sendOn(redirectRequest(request, location), send, redirects + 1);
  }
}

/** The target of a redirect; undefined when the answer is not one. */
function locationIn(error: unknown): string | undefined {
  const response = isRecord(error) ? error.$response : undefined;
  if (!isRecord(response) || !isRecord(response.headers)) return undefined;
  const { statusCode, headers } = response;
  if (statusCode !== 307 && statusCode !== 308) return undefined;
  return typeof headers.location === 'string' ? headers.location : undefined;
}

/** The unsigned request at the target of a store's redirect. Errors: RefusedRedirect when it must not be followed. */
export function redirectRequest(request: HttpRequest, location: string): HttpRequest {
  const target = locate(request, location);
  const again = repeatBody(request.body);
  if (again === undefined) {
    throw new RefusedRedirect(
      `the store redirects the request to ${target.host}, but its body can't be sent again`,
    );
  }
  const next = HttpRequest.clone(request);
  next.protocol = target.protocol;
  next.hostname = target.hostname;
  next.headers.host = target.host;
  next.path = target.pathname;
  // The SDK adds the operation's name, which distinguishes the answer's content from an error.
  next.query = Object.fromEntries(target.searchParams);
  if (request.query['x-id'] !== undefined) next.query['x-id'] = request.query['x-id'];
  next.body = again.body;
  if (target.port === '') delete next.port;
  else next.port = Number(target.port);
  return next;
}

function locate(request: HttpRequest, location: string): URL {
  const port = request.port === undefined ? '' : `:${request.port}`;
  const base = `${request.protocol}//${request.hostname}${port}${request.path}`;
  const target = URL.parse(location, base);
  if (target === null) throw new RefusedRedirect('the store redirects the request to an invalid address');
  if (!isSameStore(request.hostname, target.hostname)) {
    throw new RefusedRedirect(
      `the store redirects the request to ${target.host}, which is not one of its own hosts: check the endpoint`,
    );
  }
  if (target.protocol !== request.protocol && target.protocol !== 'https:') {
    throw new RefusedRedirect(
      `the store redirects the request to ${target.host} without TLS (${target.protocol})`,
    );
  }
  return target;
}

function tooMany(): RefusedRedirect {
  return new RefusedRedirect(`the store redirects the request more than ${MOST_REDIRECTS} times`);
}

const S3_OF_AWS = /(^|\.)s3(-[a-z0-9-]+)?(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?$/;

function isSameStore(from: string, to: string): boolean {
  if (from === to || to.endsWith(`.${from}`)) return true;
  return S3_OF_AWS.test(from) && S3_OF_AWS.test(to);
}
