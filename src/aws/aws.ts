import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '../time/clock.ts';
import type { SessionNotice, WriteSetting } from './failure.ts';
import type { AwsSettings } from './settings.ts';

/** One call to AWS in the words that its error will use. */
export interface CallDescription {
  /** The API as IAM names it: `s3:PutObject`. */
  api: string;
  /** `s3://bucket/key`, `table NAME`, ... */
  resource: string;
  /** It is given up after so many ms, since there is another way to the same end. */
  tryForMs?: number;
  /** What the request asks of the store beyond storing, which it may refuse. */
  asked?: readonly WriteSetting[];
}

/** A data key as KMS wrapped it. */
export interface KeyToDecrypt {
  /** ARN, id or alias of the key that wrapped it. */
  keyId: string;
  ciphertext: Buffer;
  context: Readonly<Record<string, string>> | undefined;
  /** Undefined: AWS's own. */
  endpoint: string | undefined;
}

/** Who the credentials belong to. */
export interface Principal {
  arn: string;
  account: string | undefined;
}

/** A connection to S3, DynamoDB and STS under one set of credentials. */
export interface Aws {
  s3: S3Client;
  dynamodb: DynamoDBClient;
  /**
   * Sends a request, again where that can help, and gives every failure its meaning. `send` is called once
   * an attempt and must build its request anew (a body that was streamed can't be streamed again).
   * @throws AwsError
   */
  call<T>(description: CallDescription, send: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /**
   * Opens the connections that the first requests will take, one to the bucket and so many to DynamoDB: their handshakes take
   * place while credentials are found or the lock is waited for. Throws nothing.
   */
  openConnections(bucket: string, toTable: number): void;
  /**
   * Finds credentials and assumes the role now; any call does it otherwise, before its request.
   * @throws AwsError
   */
  signIn(): Promise<void>;
  /**
   * Asks STS who we are (`sts:GetCallerIdentity`).
   * @throws AwsError
   */
  verifyCredentials(): Promise<Principal>;
  /**
   * Has KMS decrypt a data key (`kms:Decrypt`); what asks it is loaded only then.
   * @throws AwsError
   */
  decryptKey(request: KeyToDecrypt): Promise<Buffer>;
  /** The ARN of the caller once an answer told it: the assumed role's session, or the verified identity. */
  principal(): string | undefined;
  /** Milliseconds since the epoch by the store's own clock, as its last answer told it to the second; before any, by ours. */
  storeNow(): number;
  /** From now on this signal ends calls and waits, in place of the one before, which may be aborted already. */
  continueUnder(signal: AbortSignal): void;
  /** Closes the connections. */
  destroy(): void;
}

/** One attempt of a call, when it ended. */
export interface CallAttempt {
  readonly api: string;
  readonly resource: string;
  /** From 1. */
  readonly attempt: number;
  readonly ms: number;
  /** What it failed with, in other people's words; undefined: it worked. */
  readonly trouble: string | undefined;
}

export interface ConnectOptions {
  settings: AwsSettings;
  /** Pairs of name and value that name us in CloudTrail: `['terraform-s3-state', '1.0.0']`, `['md/run_id', '123']`. */
  userAgent: UserAgent;
  env: Environment;
  clock: Clock;
  /** Ends every call and every wait. */
  signal: AbortSignal;
  /** How long failures that may pass with time are retried, in ms from the first attempt; `max_retries` is tried in any case. */
  tryForMs: number;
  /** The same settings gave credentials before, so that a source that does not answer now is no source that is not there. */
  hadCredentials?: boolean | undefined;
  /** Is told each access key id, secret key, session token and web identity token, given or minted, before its first use. */
  onSecret(value: string): void;
  /** Asks GitHub for the job's OIDC token; needed where a web identity is to come from there. */
  fetchIdToken?: FetchIdToken | undefined;
  /** Is told what works, but not as asked for: session tags that the role does not allow. */
  onNotice?: ((notice: SessionNotice) => void) | undefined;
  /** Is told each attempt of each call. */
  onCall?: ((call: CallAttempt) => void) | undefined;
  /** Between 0 and 1; jitters the waits. */
  random?: (() => number) | undefined;
}

/** One request for a token with this audience, without retries of its own. An error's `status` is that of the answer. */
export type FetchIdToken = (audience: string, signal: AbortSignal) => Promise<string>;

export type UserAgent = readonly (readonly [name: string, value?: string])[];
export type Environment = Readonly<Record<string, string | undefined>>;
