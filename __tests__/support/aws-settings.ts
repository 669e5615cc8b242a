import type { AwsSettings, CredentialSettings } from '../../src/aws/settings.ts';

/** Credential settings with nothing set. */
export const plainCredentials: CredentialSettings = {
  static: undefined,
  profile: undefined,
  sharedCredentialsFiles: [],
  sharedConfigFiles: [],
  skipMetadataApiCheck: undefined,
  metadata: { endpoint: undefined, mode: undefined },
  webIdentity: undefined,
  via: [],
  assumeRole: undefined,
  isPolicyOptional: false,
};

/** The settings of a backend block that says nothing about AWS. */
export const plainAwsSettings: AwsSettings = {
  region: 'eu-west-1',
  endpoints: { s3: undefined, dynamodb: undefined, sts: undefined },
  stsRegion: undefined,
  usePathStyle: false,
  variants: { fips: false, dualstack: false },
  skipS3Checksum: false,
  maxAttempts: 5,
  retryMode: 'standard',
  network: {
    httpProxy: undefined,
    httpsProxy: undefined,
    noProxy: undefined,
    caBundle: undefined,
    insecure: false,
  },
  accounts: { allowed: [], forbidden: [] },
  credentials: plainCredentials,
};

/** A role's session settings beyond ARN and name, by default. */
export const plainSession = { durationSeconds: undefined, policy: undefined, policyArns: [] };

/** The same when credentials assume the role. */
export const plainRole = {
  ...plainSession,
  externalId: undefined,
  tags: [],
  givenTags: [],
  transitiveTagKeys: [],
  sourceIdentity: undefined,
};
