import type { AwsSettings } from '../../aws/settings.ts';
import type { InputReader } from '../../runner/inputs.ts';
import { cureFor, readGiven } from './given.ts';

const ALL = 'AWS_ENDPOINT_URL';

/** The endpoints that replace AWS's own, under the SDK's and Terraform's names (spec 6.2). */
export function readEndpoints(reader: InputReader, warnings: string[]): AwsSettings['endpoints'] {
  if (readEndpoint(reader, 'iam_endpoint', 'AWS_ENDPOINT_URL_IAM', 'AWS_IAM_ENDPOINT') !== undefined) {
    warnings.push('iam_endpoint has no effect: this action never calls IAM.');
  }
  return {
    s3: readEndpoint(reader, 'endpoint', 'AWS_ENDPOINT_URL_S3', 'AWS_S3_ENDPOINT', ALL),
    dynamodb: readEndpoint(
      reader,
      'dynamodb_endpoint',
      'AWS_ENDPOINT_URL_DYNAMODB',
      'AWS_DYNAMODB_ENDPOINT',
      ALL,
    ),
    sts: readEndpoint(reader, 'sts_endpoint', 'AWS_ENDPOINT_URL_STS', 'AWS_STS_ENDPOINT', ALL),
  };
}

/** An endpoint's URL; without a scheme it gets `https://`, as in OpenTofu. */
function readEndpoint(reader: InputReader, input: string, ...variables: string[]): string | undefined {
  const given = readGiven(reader, input, variables);
  if (given === undefined) return undefined;
  const { value } = given;
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `https://${value}`;
  const shown = withoutUser(value);
  if (shown !== value) {
    reader.reject(input, shown, cureFor(given, 'give the URL without user name and password'));
  } else if (!/^https?:/i.test(url) || !URL.canParse(url)) {
    reader.reject(input, value, cureFor(given, 'give a complete URL such as https://s3.example.com'));
  }
  return url;
}

/** Errors name the endpoint. Cut by hand, since what URL can't parse would be printed with its password. */
function withoutUser(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1');
}
