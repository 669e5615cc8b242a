/** Everything that decides how AWS is reached; resolved once, purely, from inputs and environment. */
export interface AwsSettings {
  region: string;
  /** Complete URLs that replace the SDK's own; `undefined`: the SDK finds the endpoint from the region. */
  endpoints: { s3: string | undefined; dynamodb: string | undefined; sts: string | undefined };
  /** Where STS is asked, if not in `region`. */
  stsRegion: string | undefined;
  usePathStyle: boolean;
  /** Of AWS's own endpoints those for FIPS and for IPv6; neither goes together with an endpoint of one's own. */
  variants: { fips: boolean; dualstack: boolean };
  /** No checksums but those that the API demands, for stores that refuse them. */
  skipS3Checksum: boolean;
  /** Terraform's `max_retries`: the number of attempts in total, not of repetitions (docs/protocol.md#configuration). */
  maxAttempts: number;
  /** `adaptive`: once AWS asks to slow down, all calls wait for their turn. */
  retryMode: 'standard' | 'adaptive';
  network: NetworkSettings;
  accounts: AccountRule;
  credentials: CredentialSettings;
}

/** What lies between this machine and AWS. */
export interface NetworkSettings {
  /** Complete URLs of proxies, for `http:` and for `https:` endpoints. They may hold a password. */
  httpProxy: string | undefined;
  httpsProxy: string | undefined;
  /** Hosts that no proxy is asked for, as Go's HTTP client reads them. */
  noProxy: string | undefined;
  /** Path of a PEM file with the certificate authorities to trust in the place of Node's own. */
  caBundle: string | undefined;
  /** No certificate is checked. */
  insecure: boolean;
}

/** The accounts whose credentials may be used. Empty: no rule. */
export interface AccountRule {
  allowed: readonly string[];
  forbidden: readonly string[];
}

/** Where credentials come from: the fields that are given, else the environment (docs/protocol.md#credentials). */
export interface CredentialSettings {
  /** Keys given as inputs. */
  static: StaticKeys | undefined;
  /** The profile given as an input; it beats keys in the environment, as `AWS_PROFILE` doesn't. */
  profile: string | undefined;
  /** Files in the place of `~/.aws/credentials` and `~/.aws/config`, a later one over those before; empty: not given. */
  sharedCredentialsFiles: readonly string[];
  sharedConfigFiles: readonly string[];
  /** `true`: no instance metadata; `false`: instance metadata whatever the environment says; `undefined`: the environment decides. */
  skipMetadataApiCheck: boolean | undefined;
  metadata: { endpoint: string | undefined; mode: 'IPv4' | 'IPv6' | undefined };
  /** A role that is assumed by a token, in the place of any credentials that could be found. */
  webIdentity: WebIdentity | undefined;
  /** Roles on the way to `assumeRole`, each assumed by the session of the one before it; none without `assumeRole`. */
  via: readonly AssumeRole[];
  /** The role that the found credentials, the web identity's or those of the last role on the way assume. */
  assumeRole: AssumeRole | undefined;
  /** Whether the last role's session is opened without its policy where STS refuses that. */
  isPolicyOptional: boolean;
}

/** Whether a role is assumed, which proves credentials without another call. Pure. */
export function assumesRole({ webIdentity, assumeRole }: CredentialSettings): boolean {
  return webIdentity !== undefined || assumeRole !== undefined;
}

/** Whether a session policy narrows what the role's session may do. Pure. */
export function narrowsSession({ webIdentity, assumeRole }: CredentialSettings): boolean {
  return (assumeRole ?? webIdentity)?.policy !== undefined;
}

export interface StaticKeys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string | undefined;
}

/** What every way to assume a role knows. */
export interface RoleSession {
  roleArn: string;
  sessionName: string;
  /** How long the session lives; undefined: as long as STS gives by itself, an hour. */
  durationSeconds: number | undefined;
  /** An IAM policy as JSON text that narrows the session. */
  policy: string | undefined;
  /** Managed policies that narrow it. */
  policyArns: readonly string[];
}

/** `sts:AssumeRoleWithWebIdentity`; it knows neither an external id nor tags. */
export interface WebIdentity extends RoleSession {
  token: WebIdentityToken;
}

/** Where the token comes from: GitHub, for the running job, or a file that somebody keeps fresh. */
export type WebIdentityToken = { from: 'github'; audience: string } | { from: 'file'; path: string };

/** A role that credentials assume, whatever source they came from. */
export interface AssumeRole extends RoleSession {
  externalId: string | undefined;
  /** Ours, the dearest first: the last is the first to go where STS has no room. */
  tags: readonly SessionTag[];
  /** The user's: the session has all of them, or there is none. */
  givenTags: readonly SessionTag[];
  transitiveTagKeys: readonly string[];
  sourceIdentity: string | undefined;
}

export interface SessionTag {
  key: string;
  value: string;
}
