import type { AwsSettings, CredentialSettings } from '../../src/aws/settings.ts';

/** Credentials without a word about them. */
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

/** What a backend block that says nothing of AWS comes to. */
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

/** What a role's session has beyond ARN and name, if nobody asks for more. */
export const plainSession = { durationSeconds: undefined, policy: undefined, policyArns: [] };

/** The same where credentials assume the role. */
export const plainRole = {
  ...plainSession,
  externalId: undefined,
  tags: [],
  givenTags: [],
  transitiveTagKeys: [],
  sourceIdentity: undefined,
};
