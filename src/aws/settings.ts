/** Everything that decides how AWS is reached; resolved once, purely, from inputs and environment. */
export interface AwsSettings {
  region: string;
  /** Complete URLs that replace the SDK's own; `undefined`: the SDK finds the endpoint from the region. */
  endpoints: { s3: string | undefined; dynamodb: string | undefined; sts: string | undefined };
  usePathStyle: boolean;
  /** Terraform's `max_retries`: the number of attempts in total, not of repetitions (spec 6.2). */
  maxAttempts: number;
  credentials: CredentialSettings;
}

/** Where credentials come from: the fields that are given, else the environment (spec 6.4). */
export interface CredentialSettings {
  /** Keys given as inputs. */
  static: StaticKeys | undefined;
  /** The profile given as an input; it beats keys in the environment, as `AWS_PROFILE` doesn't. */
  profile: string | undefined;
  sharedCredentialsFile: string | undefined;
  /** `true`: no instance metadata; `false`: instance metadata whatever the environment says; `undefined`: the environment decides. */
  skipMetadataApiCheck: boolean | undefined;
  assumeRole: AssumeRole | undefined;
}

export interface StaticKeys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string | undefined;
}

/** The role that the found credentials assume, whatever source they came from. */
export interface AssumeRole {
  roleArn: string;
  externalId: string | undefined;
  sessionName: string;
  /** An IAM policy as JSON text that narrows the session. */
  policy: string | undefined;
}
