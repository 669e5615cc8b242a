import { isRecord } from './is-record.ts';

/** The facts in an error from the SDK, from Node or from our own code, whatever its class. */
export interface ErrorFacts {
  name: string;
  message: string;
  /** Node's `code` (`ECONNREFUSED`) or the one AWS sent in the body. */
  code: string | undefined;
  status: number | undefined;
  requestId: string | undefined;
  /** The host that Node could not reach. */
  host: string | undefined;
  /** `x-amz-bucket-region`, or the region named in the body. */
  bucketRegion: string | undefined;
  /** `text/html` when a web server answered. */
  contentType: string | undefined;
  contentLength: string | undefined;
  /** The other side's clock, as it wrote it. */
  serverTime: string | undefined;
  clockSkewCorrected: boolean;
  /** The codes and messages of a cancelled transaction, in the order of its items. */
  reasons: readonly CancellationReason[];
}

export interface CancellationReason {
  code: string;
  message: string | undefined;
}

/** Reads an unknown error. Pure. Follows `cause` to the network error in a wrapper. */
export function errorFacts(error: unknown): ErrorFacts {
  const fields = isRecord(error) ? error : {};
  const metadata = record(fields.$metadata);
  const headers = record(record(fields.$response).headers);
  return {
    name: text(fields.name) ?? 'Error',
    message: text(fields.message) ?? (isRecord(error) ? '' : String(error)),
    code: nodeCode(error) ?? text(fields.code) ?? text(fields.Code),
    status:
      number(metadata.httpStatusCode) ?? number(record(fields.$response).statusCode) ?? number(fields.status),
    requestId: text(metadata.requestId) ?? text(headers['x-amz-request-id']),
    host: text(fields.hostname) ?? address(fields),
    bucketRegion: text(headers['x-amz-bucket-region']) ?? text(fields.Region),
    contentType: text(headers['content-type']),
    contentLength: text(headers['content-length']),
    serverTime: text(fields.ServerTime) ?? text(headers.date),
    clockSkewCorrected: metadata.clockSkewCorrected === true,
    reasons: cancellationReasons(fields),
  };
}

/** Node wraps the connection errors of several addresses (`AggregateError`), and the SDK wraps Node's errors. */
function nodeCode(error: unknown, depth = 0): string | undefined {
  if (!isRecord(error) || depth > 5) return undefined;
  const code = text(error.code);
  if (code !== undefined && /^[A-Z][A-Z0-9_]+$/.test(code)) return code;
  return nodeCode(error.cause, depth + 1);
}

function address(fields: Record<string, unknown>): string | undefined {
  const host = text(fields.address);
  return host === undefined ? undefined : `${host}:${number(fields.port) ?? '?'}`;
}

/** The message contains their codes too: `specific reasons [None, ThrottlingError]`. */
function cancellationReasons({
  CancellationReasons: given,
  message,
}: Record<string, unknown>): CancellationReason[] {
  if (!Array.isArray(given)) {
    const codes = /specific reasons \[([\w, ]+)\]/.exec(text(message) ?? '')?.[1]?.split(', ') ?? [];
    return codes.map((code) => ({ code, message: undefined }));
  }
  return given.map((reason: unknown) => {
    const { Code, Message } = record(reason);
    return { code: text(Code) ?? 'None', message: text(Message) };
  });
}

function record(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
