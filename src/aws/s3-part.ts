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
    forcePathStyle: usePathStyle,
    followRegionRedirects: false,
  };
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
