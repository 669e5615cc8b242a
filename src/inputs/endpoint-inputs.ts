import type { AwsSettings, CredentialSettings } from '../aws/settings.ts';
import type { InputReader } from '../runner/inputs.ts';
import { fixFor, readInputOrVariable, rejectGiven } from './input-or-variable.ts';

/** The inputs for the endpoints that replace AWS's own. */
export const ENDPOINT_INPUTS: Readonly<Record<keyof AwsSettings['endpoints'], string>> = {
  s3: 'endpoint',
  dynamodb: 'dynamodb_endpoint',
  sts: 'sts_endpoint',
};

const IAM_UNUSED = 'iam_endpoint has no effect: the action never calls IAM. Remove it.';

/** The endpoints that replace AWS's own, under the SDK's and Terraform's names (docs/protocol.md#configuration). */
export function readEndpoints(reader: InputReader, warnings: string[]): AwsSettings['endpoints'] {
  if (reader.text('iam_endpoint') !== undefined) warnings.push(IAM_UNUSED);
  return {
    s3: readEndpoint(reader, 'endpoint'),
    dynamodb: readEndpoint(reader, 'dynamodb_endpoint'),
    sts: readEndpoint(reader, 'sts_endpoint'),
  };
}

/** AWS's own endpoints for FIPS and for IPv6. The SDK supports neither for a custom endpoint. */
export function readVariants(reader: InputReader): AwsSettings['variants'] {
  const fips = readSwitch(reader, 'use_fips_endpoint');
  const dualstack = readSwitch(reader, 'use_dualstack_endpoint');
  const endpoint = nameEndpoint(reader);
  if (endpoint !== undefined) {
    for (const [input, { given, isOn }] of [
      ['use_fips_endpoint', fips],
      ['use_dualstack_endpoint', dualstack],
    ] as const) {
      const fix = `it selects one of AWS's own endpoints, but ${endpoint} is given: remove one of them`;
      if (isOn) reader.reject(input, given?.value, fixFor(given, fix));
    }
  }
  return { fips: fips.isOn, dualstack: dualstack.isOn };
}

/** The input or the variable that gives an endpoint. */
function nameEndpoint(reader: InputReader): string | undefined {
  for (const input of Object.values(ENDPOINT_INPUTS)) {
    const given = readInputOrVariable(reader, input);
    if (given !== undefined) return given.variable ?? input;
  }
  return undefined;
}

/** A boolean that may come from the environment. That one is parsed as in Go, like in Terraform since 1.15. */
function readSwitch(reader: InputReader, input: string) {
  const given = readInputOrVariable(reader, input);
  const isOn = /^(1|t|true)$/i.test(given?.value ?? '');
  if (given !== undefined && !isOn && !/^(0|f|false)$/i.test(given.value)) {
    reader.reject(input, given.value, fixFor(given, 'use true or false'));
  }
  return { given, isOn };
}

/** Where the EC2 metadata service is (docs/protocol.md#configuration). */
export function readMetadata(reader: InputReader): CredentialSettings['metadata'] {
  const endpoint = readEndpoint(reader, 'ec2_metadata_service_endpoint');
  const given = readInputOrVariable(reader, 'ec2_metadata_service_endpoint_mode');
  const mode = (['IPv4', 'IPv6'] as const).find((name) => name.toLowerCase() === given?.value.toLowerCase());
  if (given !== undefined && mode === undefined) {
    reader.reject('ec2_metadata_service_endpoint_mode', given.value, fixFor(given, 'use IPv4 or IPv6'));
  }
  return { endpoint, mode };
}

/** An endpoint's URL; without a scheme it gets `https://`, as in OpenTofu. */
function readEndpoint(reader: InputReader, input: string): string | undefined {
  const given = readInputOrVariable(reader, input);
  if (given === undefined) return undefined;
  const { value } = given;
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `https://${value}`;
  const shown = withoutUser(value);
  if (shown !== value) {
    rejectGiven(reader, input, given, shown, 'give the URL without user name and password');
  } else if (!/^https?:/i.test(url) || !URL.canParse(url)) {
    rejectGiven(reader, input, given, value, 'give a complete URL such as https://s3.example.com');
  }
  return url;
}

/**
 * The endpoint for errors. Removes the user name as text, because an invalid URL would otherwise be printed with its
 * password.
 */
export function withoutUser(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1');
}
