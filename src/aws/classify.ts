import type { ErrorFacts } from './error-facts.ts';
import type { AwsErrorKind, FailureContext } from './failure.ts';
import { isClockSkew, isThrottled } from './retry.ts';

const kindsByName: Readonly<Record<string, AwsErrorKind>> = {
  AccessDenied: 'access_denied',
  AccessDeniedException: 'access_denied',
  AllAccessDisabled: 'access_denied',
  KMSAccessDeniedException: 'access_denied',
  ExpiredToken: 'expired_credentials',
  ExpiredTokenException: 'expired_credentials',
  TokenRefreshRequired: 'expired_credentials',
  IncompleteSignature: 'invalid_credentials',
  InvalidAccessKeyId: 'invalid_credentials',
  InvalidClientTokenId: 'invalid_credentials',
  InvalidIdentityToken: 'invalid_credentials',
  InvalidIdentityTokenException: 'invalid_credentials',
  InvalidSignatureException: 'invalid_credentials',
  InvalidToken: 'invalid_credentials',
  MissingAuthenticationTokenException: 'invalid_credentials',
  SignatureDoesNotMatch: 'invalid_credentials',
  UnrecognizedClientException: 'invalid_credentials',
  AuthorizationHeaderMalformed: 'wrong_region',
  IllegalLocationConstraintException: 'wrong_region',
  PermanentRedirect: 'wrong_region',
  NoSuchBucket: 'no_such_bucket',
  NoSuchKey: 'no_such_key',
  NoSuchVersion: 'no_such_key',
  InvalidObjectState: 'archived',
  AccountProblem: 'account_problem',
  PreconditionFailed: 'precondition_failed',
  ConditionalRequestConflict: 'precondition_failed',
  ConditionalCheckFailedException: 'conditional_check_failed',
  TransactionCanceledException: 'transaction_cancelled',
  NotImplemented: 'not_implemented',
  RefusedRedirect: 'redirected',
  RequestTimeout: 'unreachable',
  TimeoutError: 'unreachable',
};

const networkCodes =
  /^(ERR_PROXY_\w+|ECONN\w+|ENOTFOUND|EAI_\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ERR_STREAM_PREMATURE_CLOSE)$/;
const tlsCodes = /^(ERR_TLS_|ERR_SSL_|CERT_|EPROTO$|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH)/;
/** DynamoDB has no error code of its own for a key that doesn't fit the table. */
const keySchemaMessage = /key element|key schema|Missing the key|Type mismatch for key/i;

/** Classifies an error. Pure. Uses name, code and status, and the message only when AWS has nothing else. */
export function classify(facts: ErrorFacts, context: FailureContext): AwsErrorKind {
  if (context.aborted || facts.name === 'AbortError') return 'aborted';
  if (isClockSkew(facts)) return 'clock_skew';
  if (isThrottled(facts)) return 'throttled';
  if (isUnreachable(facts)) return 'unreachable';
  if (context.api.startsWith('dynamodb:')) {
    if (facts.name === 'ResourceNotFoundException') return 'no_such_table';
    if (facts.name === 'ValidationException' && keySchemaMessage.test(facts.message))
      return 'wrong_table_key';
  }
  const named = kindsByName[facts.name];
  if (named !== undefined) return named;
  return isWebPage(facts) ? 'web_page' : kindByStatus(facts, context.api);
}

/** Whether the certificate, not the network, was the problem. */
export function isTls(code: string | undefined): boolean {
  return code !== undefined && tlsCodes.test(code);
}

function isUnreachable({ code, status }: ErrorFacts): boolean {
  return code !== undefined && status === undefined && (networkCodes.test(code) || isTls(code));
}

/**
 * AWS and compatible stores refuse in XML or JSON. A refusal that is a web page comes from a web server or a proxy.
 * With any other status, it is unknown what the store behind them has done.
 */
function isWebPage({ contentType = '', contentLength, status = 0 }: ErrorFacts): boolean {
  if (status < 300 || status >= 500 || contentLength === '0') return false;
  if (/^(text\/html|application\/xhtml)/i.test(contentType)) return true;
  return status === 404 && contentType !== '' && !/xml|json/i.test(contentType);
}

/** Answers to HEAD, and those of some S3-compatible stores, have no code in a body. */
function kindByStatus({ status, message, bucketRegion }: ErrorFacts, api: string): AwsErrorKind {
  if (status === 501 || (status === 400 && message.includes('functionality that is not implemented'))) {
    return 'not_implemented';
  }
  if (status === 301) return bucketRegion === undefined ? 'other' : 'wrong_region';
  if (status === 403) return 'access_denied';
  if (status === 404 && api.startsWith('s3:'))
    return api === 's3:HeadBucket' ? 'no_such_bucket' : 'no_such_key';
  if (status === 412) return 'precondition_failed';
  return (status ?? 0) >= 500 ? 'service' : 'other';
}
