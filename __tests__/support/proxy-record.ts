import type { IncomingHttpHeaders } from 'node:http';

/** Bytes of a body that a record keeps; the rest is passed on and forgotten. */
export const BODY_LIMIT = 1024 * 1024;

/** One request through the proxy, with its outcome. */
export interface RequestRecord {
  readonly service: 's3' | 'dynamodb' | 'sts' | 'other';
  /** AWS's name of the call (`PutItem`, `GetObject`, `AssumeRole`, ...), else the HTTP method. */
  readonly operation: string;
  readonly method: string;
  /** Path and query exactly as sent, percent signs included. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The first 1 MiB of the body as sent (S3's `aws-chunked` framing is left in). */
  body: Buffer;
  /** Body bytes seen so far, whether kept or not. */
  bodyBytes: number;
  /** Bytes of the answer's body sent to the client, if it was streamed (over 1 MiB). */
  answerBytes: number;
  /** Status sent to the client; undefined while unanswered, and for a reset connection. */
  status: number | undefined;
  /** `performance.now()` when the request's headers had arrived. */
  readonly startedAt: number;
  /** `performance.now()` when the answer began to leave (for a streamed one: had left); undefined before. */
  endedAt: number | undefined;
}

type Facts = Pick<RequestRecord, 'method' | 'path' | 'headers' | 'body'>;

/** Names the AWS service and the operation of a request by its headers, path and form body. */
export function classify(facts: Facts): Pick<RequestRecord, 'service' | 'operation'> {
  const target = String(facts.headers['x-amz-target'] ?? '');
  if (target.startsWith('DynamoDB_'))
    return { service: 'dynamodb', operation: target.split('.')[1] ?? target };
  const url = new URL(facts.path, 'http://proxy');
  const scope = facts.headers.authorization ?? url.searchParams.get('X-Amz-Credential') ?? '';
  if (/\/s3\/aws4_request/.test(scope)) return { service: 's3', operation: s3Operation(facts, url) };
  const form = parseForm(facts);
  const operation = form.get('Action') ?? facts.method;
  const sts = form.get('Version') === '2011-06-15';
  return { service: sts ? 'sts' : 'other', operation };
}

/**
 * The largest number of requests of which each began after the one before had been answered: the network
 * round trips that a client made in sequence. Requests never answered can only be last in a chain.
 */
export function longestChain(requests: readonly RequestRecord[]): number {
  const spans = requests.map(({ startedAt, endedAt }) => ({
    startedAt,
    endedAt: endedAt ?? Number.POSITIVE_INFINITY,
  }));
  spans.sort((a, b) => a.endedAt - b.endedAt);
  let chain = 0;
  let free = Number.NEGATIVE_INFINITY;
  for (const span of spans) {
    if (span.startedAt < free) continue;
    chain += 1;
    free = span.endedAt;
  }
  return chain;
}

function parseForm(facts: Facts): URLSearchParams {
  const isForm = String(facts.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
  return new URLSearchParams(isForm ? facts.body.toString('utf8') : '');
}

const OBJECT_CALLS: Record<string, string> = {
  GET: 'GetObject',
  PUT: 'PutObject',
  HEAD: 'HeadObject',
  DELETE: 'DeleteObject',
};

const BUCKET_CALLS: Record<string, string> = {
  GET: 'ListObjects',
  PUT: 'CreateBucket',
  HEAD: 'HeadBucket',
  DELETE: 'DeleteBucket',
};

/** Calls identified by a query parameter, as `METHOD parameter`. */
const QUERY_CALLS: Record<string, string> = {
  'GET list-type': 'ListObjectsV2',
  'GET versions': 'ListObjectVersions',
  'GET versioning': 'GetBucketVersioning',
  'PUT versioning': 'PutBucketVersioning',
  'GET encryption': 'GetBucketEncryption',
  'GET publicAccessBlock': 'GetPublicAccessBlock',
  'GET location': 'GetBucketLocation',
  'GET uploadId': 'ListParts',
  'POST uploads': 'CreateMultipartUpload',
  'PUT partNumber': 'UploadPart',
  'POST uploadId': 'CompleteMultipartUpload',
  'DELETE uploadId': 'AbortMultipartUpload',
  'POST delete': 'DeleteObjects',
};

function s3Operation(facts: Facts, url: URL): string {
  for (const parameter of url.searchParams.keys()) {
    const call = QUERY_CALLS[`${facts.method} ${parameter}`];
    if (call) return call;
  }
  if (facts.headers['x-amz-copy-source']) return 'CopyObject';
  const hasKey = /^\/[^/]+\/./.test(facts.path.split('?')[0] ?? '');
  const calls = hasKey ? OBJECT_CALLS : BUCKET_CALLS;
  return calls[facts.method] ?? facts.method;
}
