/** Everything that decides how to reach AWS, resolved once and purely from inputs and environment. */
export interface AwsSettings {
  region: string;
  /** Complete URLs that replace the SDK's own; `undefined` when the SDK derives the endpoint from the region. */
  endpoints: { s3: string | undefined; dynamodb: string | undefined; sts: string | undefined };
  /** The region of STS, if it is not `region`. */
  stsRegion: string | undefined;
  usePathStyle: boolean;
  /** AWS's own endpoints for FIPS and for IPv6. Neither can be combined with a custom endpoint. */
  variants: { fips: boolean; dualstack: boolean };
  /** Only the checksums that the API requires, for stores that refuse others. */
  skipS3Checksum: boolean;
  /** Terraform's `max_retries`: the total number of attempts, not of repetitions (docs/protocol.md#configuration). */
  maxAttempts: number;
  /** `adaptive`: once AWS asks to slow down, all calls wait for their turn. */
  retryMode: 'standard' | 'adaptive';
  network: NetworkSettings;
  accounts: AccountRule;
  credentials: CredentialSettings;
}

/** The network between this machine and AWS. */
export interface NetworkSettings {
  /** The complete URLs of the proxies for `http:` and for `https:` endpoints. They may contain a password. */
  httpProxy: string | undefined;
  httpsProxy: string | undefined;
  /** Hosts that bypass the proxy, as Go's HTTP client interprets them. */
  noProxy: string | undefined;
  /** The path of a PEM file with the certificate authorities that replace Node's own. */
  caBundle: string | undefined;
  /** No certificate is checked. */
  insecure: boolean;
}

/** The accounts whose credentials may be used; empty for no rule. */
export interface AccountRule {
  allowed: readonly string[];
  forbidden: readonly string[];
}

/** Where credentials come from: the fields that are given, or else the environment (docs/protocol.md#credentials). */
export interface CredentialSettings {
  /** Keys given as inputs. */
  static: StaticKeys | undefined;
  /** The profile input. Unlike `AWS_PROFILE`, it takes precedence over keys in the environment. */
  profile: string | undefined;
  /** Files that replace `~/.aws/credentials` and `~/.aws/config`; later ones take precedence; empty when not given. */
  sharedCredentialsFiles: readonly string[];
  sharedConfigFiles: readonly string[];
  /**
   * `true`: no instance metadata. `false`: instance metadata, whatever the environment says. `undefined`: the
   * environment decides.
   */
  skipMetadataApiCheck: boolean | undefined;
  metadata: { endpoint: string | undefined; mode: 'IPv4' | 'IPv6' | undefined };
  /** A role assumed with a token, instead of any credentials that could be found. */
  webIdentity: WebIdentity | undefined;
  /** Roles on the way to `assumeRole`, each assumed with the previous one's session; none without `assumeRole`. */
  via: readonly AssumeRole[];
  /** The role assumed by the found credentials, the web identity or the last role on the way. */
  assumeRole: AssumeRole | undefined;
  /** Whether the last role's session is opened without its policy if STS refuses the policy. */
  isPolicyOptional: boolean;
}

/** Whether a role is assumed, which proves the credentials without another call. Pure. */
export function assumesRole({ webIdentity, assumeRole }: CredentialSettings): boolean {
  return webIdentity !== undefined || assumeRole !== undefined;
}

/** Whether a session policy limits the role's session. Pure. */
export function narrowsSession({ webIdentity, assumeRole }: CredentialSettings): boolean {
  return (assumeRole ?? webIdentity)?.policy !== undefined;
}

export interface StaticKeys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string | undefined;
}

/** The options common to all ways of assuming a role. */
export interface RoleSession {
  roleArn: string;
  sessionName: string;
  /** How long the session lasts; undefined for STS's default of one hour. */
  durationSeconds: number | undefined;
  /** An IAM policy as JSON text that limits the session. */
  policy: string | undefined;
  /** Managed policies that limit it. */
  policyArns: readonly string[];
}

/** `sts:AssumeRoleWithWebIdentity`; it has neither an external id nor tags. */
export interface WebIdentity extends RoleSession {
  token: WebIdentityToken;
}

/** The source of the token: GitHub, for the running job, or a file that some program keeps fresh. */
export type WebIdentityToken = { from: 'github'; audience: string } | { from: 'file'; path: string };

/** A role assumed with credentials from any source. */
export interface AssumeRole extends RoleSession {
  externalId: string | undefined;
  /** The action's own tags, the most important first. If STS has no room, the last one is dropped first. */
  tags: readonly SessionTag[];
  /** The user's tags. The session has all of them, or is not opened. */
  givenTags: readonly SessionTag[];
  transitiveTagKeys: readonly string[];
  sourceIdentity: string | undefined;
}

export interface SessionTag {
  key: string;
  value: string;
}
