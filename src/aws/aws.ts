import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../time/clock.ts';
import type { SessionNotice, WriteSetting } from './failure.ts';
import type { S3 } from './s3.ts';
import type { AwsSettings } from './settings.ts';

/** A call to AWS in the words of its error. */
export interface CallDescription {
  /** IAM's name for the API: `s3:PutObject`. */
  api: string;
  /** `s3://bucket/key`, `table NAME`, ... */
  resource: string;
  /** Gives up after this many ms, because there is another way to the same result. */
  tryForMs?: number;
  /** What the request asks of the store besides storing, which the store may refuse. */
  asked?: readonly WriteSetting[];
}

/** A data key that KMS encrypted. */
export interface KeyToDecrypt {
  /** The ARN, id or alias of the key that encrypted it. */
  keyId: string;
  ciphertext: Buffer;
  context: Readonly<Record<string, string>> | undefined;
  /** Undefined: AWS's own. */
  endpoint: string | undefined;
}

/** The owner of the credentials. */
export interface Principal {
  arn: string;
  account: string | undefined;
}

/** Where the first requests go, of which there is always one to the bucket. */
export interface FirstRequests {
  readonly bucket: string;
  /** How many requests to DynamoDB are made at once. */
  readonly toTable: number;
  /** Whether the table answers before anything is asked of S3, whose part of the SDK is loaded meanwhile. */
  readonly isTableFirst: boolean;
  /** Whether the step asks STS for the caller's identity. A role's session is asked for anyway. */
  readonly identity: boolean;
}

/** A connection to S3, DynamoDB and STS under one set of credentials. */
export interface Aws {
  s3: S3;
  dynamodb: DynamoDBClient;
  /**
   * Sends a request, retries it when that can help, and classifies every failure. `send` is called once per attempt and
   * must build a new request each time (a streamed body can't be sent again).
   *
   * @throws AwsError
   */
  call<T>(description: CallDescription, send: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /**
   * Opens the connections for the first requests. Their handshakes run while credentials are found or the step waits for
   * the lock. Resolves when they are under way. Throws nothing.
   */
  openConnections(first: FirstRequests): Promise<void>;
  /**
   * Finds credentials and assumes the role now. Otherwise the first call does it.
   *
   * @throws AwsError
   */
  signIn(): Promise<void>;
  /**
   * Asks STS for the caller's identity (`sts:GetCallerIdentity`).
   *
   * @throws AwsError
   */
  verifyCredentials(): Promise<Principal>;
  /**
   * Decrypts a data key with KMS (`kms:Decrypt`). Its client is loaded only then.
   *
   * @throws AwsError
   */
  decryptKey(request: KeyToDecrypt): Promise<Buffer>;
  /** The ARN of the caller, once an answer contained it: the assumed role's session, or the verified identity. */
  principal(): string | undefined;
  /**
   * Milliseconds since the epoch by the store's own clock, from its last answer, to the second; by our clock before any
   * answer.
   */
  storeNow(): number;
  /** From now on, this signal ends calls and waits. It replaces the previous one, which may already be aborted. */
  continueUnder(signal: AbortSignal): void;
  /** Closes the connections. */
  destroy(): void;
}

/** One attempt of a call that has ended. */
export interface CallAttempt {
  readonly api: string;
  readonly resource: string;
  /** From 1. */
  readonly attempt: number;
  readonly ms: number;
  /** How it failed, in other people's words; undefined when it succeeded. */
  readonly trouble: string | undefined;
}

export interface ConnectOptions {
  settings: AwsSettings;
  /**
   * Pairs of name and value that identify us in CloudTrail: `['terraform-s3-state', '1.0.0']`, `['md/run_id', '123']`.
   */
  userAgent: UserAgent;
  env: Environment;
  clock: Clock;
  /** Ends every call and every wait. */
  signal: AbortSignal;
  /**
   * How long failures that may pass with time are retried, in ms from the first attempt. At least `max_retries`
   * attempts are made.
   */
  tryForMs: number;
  /** Whether the same settings provided credentials before. Then a source that does not answer now does exist. */
  hadCredentials?: boolean | undefined;
  /**
   * Receives each access key id, secret key, session token and web identity token, given or created, before its first
   * use.
   */
  onSecret(value: string): void;
  /** Asks GitHub for the job's OIDC token. Required if that is the web identity. */
  fetchIdToken?: FetchIdToken | undefined;
  /** Receives what works, but not as requested: session tags that the role does not allow. */
  onNotice?: ((notice: SessionNotice) => void) | undefined;
  /** Receives each attempt of each call. */
  onCall?: ((call: CallAttempt) => void) | undefined;
  /** Between 0 and 1; jitters the waits. */
  random?: (() => number) | undefined;
}

/** One request for a token with this audience, without its own retries. An error's `status` is that of the answer. */
export type FetchIdToken = (audience: string, signal: AbortSignal) => Promise<string>;

export type UserAgent = readonly (readonly [name: string, value?: string])[];
export type Environment = Readonly<Record<string, string | undefined>>;
