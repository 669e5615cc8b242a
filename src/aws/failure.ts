import type { CancellationReason } from './error-facts.ts';
import type { TokenFacts } from './web-token.ts';

/** The classification of a failed call. */
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

/** What the caller knows about the failed call. */
export interface FailureContext {
  /** IAM's name for it: `s3:PutObject`. */
  api: string;
  resource: string;
  /** The ARN of the caller, if known. */
  principal: string | undefined;
  region: string;
  /** The URL that replaces AWS's own. */
  endpoint: string | undefined;
  /** The claims of the web identity's token, if one was sent. */
  identity: TokenFacts | undefined;
  /** The number of requests sent, including the failed one. */
  attempts: number;
  /** An earlier request may have succeeded, although it failed for us. */
  mayHaveActedEarlier?: boolean;
  /** How the previous attempt failed, in a word or two. */
  before?: string | undefined;
  /** What the request asks of the store besides storing, which the store may refuse; undefined for nothing. */
  asked?: readonly WriteSetting[] | undefined;
  /** Our own signal ended the call. */
  aborted: boolean;
  /** Our clock at the failure, ms since the epoch. */
  now: number;
}

/** A source of credentials. */
export type CredentialSource =
  | { readonly kind: 'input_keys' }
  /** Without a name when the input is not given. */
  | { readonly kind: 'input_profile'; readonly profile: string | undefined }
  | { readonly kind: 'environment' }
  | { readonly kind: 'web_identity' }
  | { readonly kind: 'token_file'; readonly path: string }
  /** The job's own identity at GitHub. */
  | { readonly kind: 'github' }
  | { readonly kind: 'shared_files'; readonly profile: string }
  | { readonly kind: 'container' }
  | { readonly kind: 'instance_metadata' };

/** The credentials that a workflow provides. They assume the role instead of the job's own identity. */
export type GivenCredentials =
  | { readonly kind: 'inputs'; readonly names: readonly string[] }
  | { readonly kind: 'variable'; readonly name: string };

/** Why a source had no credentials. */
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
  /** Its answer may quote a key, so nothing of it is kept. */
  | { readonly kind: 'not_json' }
  /** Its `credential_process`; the command line may contain a key. */
  | { readonly kind: 'process_failed' }
  /** `detail`: the first line of the error. */
  | { readonly kind: 'failed'; readonly detail: string };

/** A setting that goes with a write, named after its input. */
export type WriteSetting = 'acl' | 'kms_key_id' | 'sse_customer_key';

/** A source that was tried for credentials. */
export interface TriedSource {
  source: CredentialSource;
  outcome: SourceOutcome;
}

/** Why an account's credentials may not be used: the rule and its list. */
export interface AccountRefusal {
  readonly account: string;
  readonly rule: 'forbidden_account_ids' | 'allowed_account_ids';
  readonly list: readonly string[];
}

/** What a role's session lacks, because STS refused it. */
export type SessionNotice =
  /** With more of the action's tags, the packed policy is too large. */
  | { readonly kind: 'tags_shortened'; readonly roleArn: string; readonly kept: readonly string[] }
  | { readonly kind: 'tags_refused'; readonly roleArn: string; readonly code: string | undefined }
  | { readonly kind: 'policy_refused'; readonly roleArn: string; readonly code: string };

/** Everything known about a failed call. No field ever contains a credential. */
export interface AwsFailure extends FailureContext {
  kind: AwsErrorKind;
  /** The permission in AWS's answer, which may differ from the call's own. */
  requires: string | undefined;
  /** The error's name as AWS or Node gave it: `NoSuchBucket`, `ECONNREFUSED`. */
  code: string | undefined;
  status: number | undefined;
  requestId: string | undefined;
  /** AWS's own message, if it can be quoted. */
  detail: string | undefined;
  /** `wrong_region`: where the bucket is. */
  actualRegion: string | undefined;
  /** `clock_skew`: the server's time as it wrote it. */
  serverTime: string | undefined;
  /** `unreachable`: the host that was called. */
  host: string | undefined;
  /** `transaction_cancelled`: why, item by item. */
  reasons: readonly CancellationReason[];
  /** `no_credentials`: the sources that were tried. */
  tried: readonly TriedSource[];
  /** `wrong_account`: why. */
  refusedAccount: AccountRefusal | undefined;
}
