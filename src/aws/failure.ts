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
  | 'redirected'
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
  /** What the request asked of the store beyond storing, which it may refuse; undefined: nothing. */
  asked?: readonly WriteSetting[] | undefined;
  /** Our own signal ended the call. */
  aborted: boolean;
  /** Our clock at the failure, ms since the epoch. */
  now: number;
}

/** A place where credentials may be. */
export type CredentialSource =
  | { readonly kind: 'input_keys' }
  /** Without a name nobody gave the input. */
  | { readonly kind: 'input_profile'; readonly profile: string | undefined }
  | { readonly kind: 'environment' }
  | { readonly kind: 'web_identity' }
  | { readonly kind: 'token_file'; readonly path: string }
  /** The job's own identity at GitHub. */
  | { readonly kind: 'github' }
  | { readonly kind: 'shared_files'; readonly profile: string }
  | { readonly kind: 'container' }
  | { readonly kind: 'instance_metadata' };

/** What gives a job credentials that then assume the role in the place of the job's own identity. */
export type GivenCredentials =
  | { readonly kind: 'inputs'; readonly names: readonly string[] }
  | { readonly kind: 'variable'; readonly name: string };

/** Why a place had no credentials. */
export type SourceOutcome =
  | { readonly kind: 'not_given' }
  | { readonly kind: 'variables_not_set'; readonly names: readonly string[] }
  | { readonly kind: 'switched_off'; readonly by: 'skip_metadata_api_check' | 'AWS_EC2_METADATA_DISABLED' }
  | { readonly kind: 'no_role_arn' }
  | { readonly kind: 'others_given'; readonly given: GivenCredentials }
  | { readonly kind: 'not_asked' }
  /** GitHub did not offer the job a token. */
  | { readonly kind: 'no_id_token' }
  | { readonly kind: 'no_answer' }
  /** Its answer quotes what may be a key, so nothing of it is kept. */
  | { readonly kind: 'not_json' }
  /** Its `credential_process`; the command line may hold a key. */
  | { readonly kind: 'process_failed' }
  /** `detail`: the first line of the error. */
  | { readonly kind: 'failed'; readonly detail: string };

/** A setting that goes along with a write, by its input. */
export type WriteSetting = 'acl' | 'kms_key_id' | 'sse_customer_key';

/** A place that was looked at for credentials. */
export interface TriedSource {
  source: CredentialSource;
  outcome: SourceOutcome;
}

/** Why the credentials of an account may not be used: the rule, and its list. */
export interface AccountRefusal {
  readonly account: string;
  readonly rule: 'forbidden_account_ids' | 'allowed_account_ids';
  readonly list: readonly string[];
}

/** What a session of a role lacks, since STS refused it with that. */
export type SessionNotice =
  /** With more of our tags, the packed policy is too large. */
  | { readonly kind: 'tags_shortened'; readonly roleArn: string; readonly kept: readonly string[] }
  | { readonly kind: 'tags_refused'; readonly roleArn: string; readonly code: string | undefined }
  | { readonly kind: 'policy_refused'; readonly roleArn: string; readonly code: string };

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
  /** `wrong_account`: why. */
  refusedAccount: AccountRefusal | undefined;
}
