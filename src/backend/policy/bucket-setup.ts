import { errorFacts } from '../../aws/error-facts.ts';
import { AwsError } from '../../aws/errors.ts';
import type { S3Part } from '../../aws/s3.ts';
import type { Backend } from '../settings.ts';

/** Where a bucket is. S3 says so even to a caller that it refuses, and to one that calls the wrong region. */
export interface BucketScope {
  /** Undefined when the store does not say. */
  readonly region: string | undefined;
  /** Why the bucket can't be inspected; undefined when it can. */
  readonly refusal: AwsError | undefined;
}

/** The default encryption of a bucket. */
export interface BucketEncryption {
  /** `AES256`, `aws:kms`, `aws:kms:dsse`; undefined when there is no default. */
  readonly algorithm: string | undefined;
  readonly kmsKeyId: string | undefined;
  /** Whether the bucket refuses objects under a customer key, as new buckets do since April 2026. */
  readonly blocksCustomerKeys: boolean;
}

/** The four settings of S3's public access block. */
export const ACCESS_BLOCKS = [
  'BlockPublicAcls',
  'IgnorePublicAcls',
  'BlockPublicPolicy',
  'RestrictPublicBuckets',
] as const;

export type AccessBlock = (typeof ACCESS_BLOCKS)[number];

type BucketBackend = Pick<Backend, 'aws' | 'address'>;

/** One HEAD of the bucket. Errors: AwsError when not even its region is known. */
export async function findBucket({ aws, address: { bucket } }: BucketBackend): Promise<BucketScope> {
  const build = ({ HeadBucketCommand }: S3Part) => new HeadBucketCommand({ Bucket: bucket });
  try {
    const { BucketRegion } = await aws.call(describe('HeadBucket', bucket), (abortSignal) =>
      aws.s3.send(build, { abortSignal }),
    );
    return { region: BucketRegion, refusal: undefined };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const region = error.failure.actualRegion ?? errorFacts(error.cause).bucketRegion;
    if (region === undefined) throw error;
    return { region, refusal: error };
  }
}

/** `Enabled`, `Suspended`; undefined when versioning was never on. Errors: AwsError. */
export async function bucketVersioning({
  aws,
  address: { bucket },
}: BucketBackend): Promise<string | undefined> {
  const build = ({ GetBucketVersioningCommand }: S3Part) =>
    new GetBucketVersioningCommand({ Bucket: bucket });
  const { Status } = await aws.call(describe('GetBucketVersioning', bucket), (abortSignal) =>
    aws.s3.send(build, { abortSignal }),
  );
  return Status;
}

/** How the bucket encrypts objects, and what it refuses; undefined when it does not say. Errors: AwsError. */
export async function bucketEncryption({
  aws,
  address: { bucket },
}: BucketBackend): Promise<BucketEncryption | undefined> {
  const build = ({ GetBucketEncryptionCommand }: S3Part) =>
    new GetBucketEncryptionCommand({ Bucket: bucket });
  const answer = await unlessMissing('ServerSideEncryptionConfigurationNotFoundError', () =>
    aws.call(describe('GetBucketEncryption', bucket), (abortSignal) => aws.s3.send(build, { abortSignal })),
  );
  const rules = answer?.ServerSideEncryptionConfiguration?.Rules ?? [];
  const [rule] = rules.flatMap((one) => one.ApplyServerSideEncryptionByDefault ?? []);
  const blocked = rules.flatMap((one) => one.BlockedEncryptionTypes?.EncryptionType ?? []);
  const blocksCustomerKeys = blocked.includes('SSE-C');
  if (rule?.SSEAlgorithm === undefined && !blocksCustomerKeys) return undefined;
  return { algorithm: rule?.SSEAlgorithm, kmsKeyId: rule?.KMSMasterKeyID, blocksCustomerKeys };
}

/** The settings of the bucket's public access block that are off. Errors: AwsError. */
export async function openAccess({ aws, address: { bucket } }: BucketBackend): Promise<AccessBlock[]> {
  const build = ({ GetPublicAccessBlockCommand }: S3Part) =>
    new GetPublicAccessBlockCommand({ Bucket: bucket });
  const answer = await unlessMissing('NoSuchPublicAccessBlockConfiguration', () =>
    aws.call(describe('GetPublicAccessBlock', bucket), (abortSignal) => aws.s3.send(build, { abortSignal })),
  );
  const blocks = answer?.PublicAccessBlockConfiguration;
  return ACCESS_BLOCKS.filter((name) => blocks?.[name] !== true);
}

function describe(operation: string, bucket: string) {
  return { api: `s3:${operation}`, resource: `s3://${bucket}` };
}

/** S3 returns an error for a setting that was never made. */
async function unlessMissing<Value>(code: string, ask: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof AwsError && error.failure.code === code) return undefined;
    throw error;
  }
}
