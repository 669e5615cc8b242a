import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listPagedVersions, type PagedVersion } from './paged-versions.ts';

/** The content of a paged store, and its requests. */
export interface PagedStore {
  readonly url: string;
  /** Bodies by key; those of states are rarely read, so an empty text suffices. */
  readonly objects: Map<string, string>;
  /** What the bucket keeps of an object, the newest first; apart from `objects`. */
  readonly versions: Map<string, readonly PagedVersion[]>;
  /** Items by `LockID`, as DynamoDB's JSON has them. */
  readonly items: Map<string, Record<string, Record<string, string>>>;
  /** Names of operations, in order: `ListObjectsV2`, `ListObjectVersions`, `GetObject`, `Scan`, `GetItem`. */
  readonly requests: string[];
  stop(): Promise<void>;
}

const PAGE = 1_000;
const PAGE_BYTES = 1024 * 1024;
/** When all objects were written. */
export const MODIFIED = '2026-01-01T00:00:00.000Z';

/**
 * A bucket and a table in memory that answer as S3 and DynamoDB do, a page at a time; only what reads fleets of
 * states. On a free port of 127.0.0.1.
 */
export async function startPagedStore(): Promise<PagedStore> {
  const server = createServer((request, response) => void answer(store, request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const store: PagedStore = {
    url: `http://127.0.0.1:${address.port}`,
    objects: new Map(),
    versions: new Map(),
    items: new Map(),
    requests: [],
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return store;
}

async function answer(store: PagedStore, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') {
    const operation = target.split('.')[1] ?? '';
    store.requests.push(operation);
    const input = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const found = operation === 'Scan' ? scan(store, input) : { Item: store.items.get(input.Key.LockID.S) };
    response
      .writeHead(200, { 'content-type': 'application/x-amz-json-1.0', date: new Date().toUTCString() })
      .end(JSON.stringify(found));
    return;
  }
  const url = new URL(request.url ?? '/', store.url);
  if (url.searchParams.has('list-type')) {
    store.requests.push('ListObjectsV2');
    response.writeHead(200, { 'content-type': 'application/xml' }).end(list(store, url.searchParams));
    return;
  }
  if (url.searchParams.has('versions')) {
    store.requests.push('ListObjectVersions');
    const page = listPagedVersions(store.versions, url.searchParams);
    response.writeHead(200, { 'content-type': 'application/xml' }).end(page);
    return;
  }
  store.requests.push('GetObject');
  const body = findBody(store, url);
  if (body === undefined) {
    response
      .writeHead(404, { 'content-type': 'application/xml' })
      .end('<Error><Code>NoSuchKey</Code></Error>');
  } else response.writeHead(200, { etag: toEtag(body) }).end(body);
}

function findBody({ objects, versions }: PagedStore, url: URL): string | undefined {
  const key = decodeURIComponent(url.pathname.split('/').slice(2).join('/'));
  const id = url.searchParams.get('versionId');
  return id === null ? objects.get(key) : versions.get(key)?.find((version) => version.id === id)?.body;
}

function toEtag(body: string): string {
  return `"${createHash('md5').update(body).digest('hex')}"`;
}

function list({ objects }: PagedStore, query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? '';
  const after = query.get('continuation-token') ?? query.get('start-after') ?? '';
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
  const page = keys.slice(0, PAGE);
  const next = keys.length > PAGE ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '';
  const contents = page.map(
    (key) =>
      `<Contents><Key>${encodeURIComponent(key)}</Key><LastModified>${MODIFIED}</LastModified><ETag>${toEtag(objects.get(key) ?? '')}</ETag><Size>9</Size></Contents>`,
  );
  return `<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>${next !== ''}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`;
}

interface ScanInput {
  readonly ExclusiveStartKey?: { readonly LockID: { readonly S: string } };
  readonly ExpressionAttributeValues: Readonly<Record<string, { readonly S: string }>>;
}

/** A page is a megabyte of items before the filter. */
function scan({ items }: PagedStore, input: ScanInput) {
  const prefix = input.ExpressionAttributeValues[':prefix']?.S ?? '';
  const paths = [...items.keys()];
  const start =
    input.ExclusiveStartKey === undefined ? 0 : paths.indexOf(input.ExclusiveStartKey.LockID.S) + 1;
  const found: object[] = [];
  let bytes = 0;
  for (const path of paths.slice(start)) {
    const item = { LockID: { S: path }, ...items.get(path) };
    bytes += JSON.stringify(item).length;
    if (path.startsWith(prefix)) found.push(item);
    if (bytes >= PAGE_BYTES) return { Items: found, LastEvaluatedKey: { LockID: { S: path } } };
  }
  return { Items: found };
}
