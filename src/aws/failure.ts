import type { CancellationReason } from './error-facts.ts';
import type { TokenFacts } from './web-token.ts';

/** What a failed call means. */
export type AwsErrorKind =
  | 'access_denied'
  | 'expired_credentials'
  | 'invalid_credentials'
  | 'no_credentials'
  | 'wrong_account'
  | 'wrong_region'
  | 'no_such_bucket'
  | 'no_such_key'
  | 'archived'
  | 'account_problem'
  | 'web_page'
  | 'no_such_table'
  | 'wrong_table_key'
  | 'unreachable'
  | 'clock_skew'
  | 'throttled'
  | 'precondition_failed'
  | 'conditional_check_failed'
  | 'not_implemented'
  | 'transaction_cancelled'
  | 'service'
  | 'aborted'
  | 'other';

/** What the caller knows of the call that failed. */
export interface FailureContext {
  /** As IAM names it: `s3:PutObject`. */
  api: string;
  resource: string;
  /** ARN of the caller where it is known. */
  principal: string | undefined;
  region: string;
  /** The URL given in place of AWS's own. */
  endpoint: string | undefined;
  /** What the web identity's token says of itself, where one was sent. */
  identity: TokenFacts | undefined;
  /** How many requests were sent, the failed one included. */
  attempts: number;
  /** A request before the failed one may have done what it was to do, although it failed. */
  mayHaveActedEarlier?: boolean;
  /** What the attempt before failed with, in a word or two. */
  before?: string | undefined;
  /** The request asked for SSE-C. */
  underCustomerKey?: boolean | undefined;
  /** Our own signal ended the call. */
  aborted: boolean;
  /** Our clock at the failure, ms since the epoch. */
  now: number;
}

/** A place that was looked at for credentials. */
export interface TriedSource {
  source: string;
  outcome: string;
}

/** Everything that is known of a failed call; no field ever holds a credential. */
export interface AwsFailure extends FailureContext {
  kind: AwsErrorKind;
  /** The permission that AWS's answer names, which may be another than the call's own. */
  requires: string | undefined;
  /** The error's name as AWS or Node gave it: `NoSuchBucket`, `ECONNREFUSED`. */
  code: string | undefined;
  status: number | undefined;
  requestId: string | undefined;
  /** AWS's own sentence, where it can be quoted. */
  detail: string | undefined;
  /** `wrong_region`: where the bucket is. */
  actualRegion: string | undefined;
  /** `clock_skew`: the server's time as it wrote it. */
  serverTime: string | undefined;
  /** `unreachable`: the host that was tried. */
  host: string | undefined;
  /** `transaction_cancelled`: why, item by item. */
  reasons: readonly CancellationReason[];
  /** `no_credentials`: where they were looked for. */
  tried: readonly TriedSource[];
}
