import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { Environment } from './aws.ts';
import { chooseEndpoint, isAwsEndpoint } from './aws-endpoints.ts';
import { followRedirects } from './redirects.ts';
import type { AwsSettings } from './settings.ts';

export {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetBucketEncryptionCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';

/** A client for S3. `common`: what all services' clients have. */
export function makeS3Client(settings: AwsSettings, env: Environment, common: S3ClientConfig): S3Client {
  const s3 = new S3Client({ ...common, ...s3Config(settings, env) });
  chooseChecksum(s3, settings, env);
  followRedirects(s3);
  return s3;
}

function s3Config({ endpoints, usePathStyle, skipS3Checksum }: AwsSettings, env: Environment) {
  return {
    ...chooseEndpoint(endpoints.s3),
    ...(skipS3Checksum ? fewestChecksums : checksumsFor(endpoints.s3, env)),
    ...s3Switches(env),
    forcePathStyle: usePathStyle,
    followRegionRedirects: false,
  };
}

/** The SDK itself ignores these variables if they have capitals, which Terraform accepts. */
function s3Switches(env: Environment) {
  return {
    useArnRegion: readSwitch(env.AWS_S3_USE_ARN_REGION),
    disableS3ExpressSessionAuth: readSwitch(env.AWS_S3_DISABLE_EXPRESS_SESSION_AUTH),
  };
}

/** Undefined for no value, with which the SDK looks into the AWS profile. */
function readSwitch(value: string | undefined): boolean | undefined {
  return value?.trim() ? /^\s*true\s*$/i.test(value) : undefined;
}

const fewestChecksums = {
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
} as const;

/**
 * Callers provide an object's SHA-256 and its MD5. AWS gets the first. Other stores get the second, which is older than
 * all APIs that they copied, and which some require for buckets with retention.
 */
function chooseChecksum(s3: S3Client, { endpoints, skipS3Checksum }: AwsSettings, env: Environment): void {
  const isSha256Wanted =
    isAwsEndpoint(endpoints.s3) || /^when_supported$/i.test(env.AWS_REQUEST_CHECKSUM_CALCULATION ?? '');
  const unwanted = {
    ...(skipS3Checksum || !isSha256Wanted ? { ChecksumSHA256: undefined } : {}),
    ...(skipS3Checksum || isSha256Wanted ? { ContentMD5: undefined } : {}),
  };
  s3.middlewareStack.add(
    (next) => (args) =>
      next('ChecksumSHA256' in args.input ? { ...args, input: { ...args.input, ...unwanted } } : args),
    { step: 'initialize', name: 'chooseChecksum' },
  );
}

/**
 * AWS gets a checksum with every upload. Many S3-compatible stores refuse them, so they get one only if the API
 * requires it, unless the SDK's own variables say otherwise (docs/protocol.md#writing).
 */
export function checksumsFor(
  endpoint: string | undefined,
  env: Environment,
): Pick<S3ClientConfig, 'requestChecksumCalculation' | 'responseChecksumValidation'> {
  if (isAwsEndpoint(endpoint)) return {};
  return {
    ...(env.AWS_REQUEST_CHECKSUM_CALCULATION ? {} : { requestChecksumCalculation: 'WHEN_REQUIRED' }),
    ...(env.AWS_RESPONSE_CHECKSUM_VALIDATION ? {} : { responseChecksumValidation: 'WHEN_REQUIRED' }),
  };
}
