import { type InputReader, listOptions } from '../runner/inputs.ts';

const CHECKSUMS = ['when_supported', 'when_required'];
const SWITCH = ['true', 'false'];

/** The values, in any case, of the AWS SDK's own variables. It treats any other value as if none were set. */
const SDK_VARIABLES: Readonly<Record<string, readonly string[]>> = {
  AWS_REQUEST_CHECKSUM_CALCULATION: CHECKSUMS,
  AWS_RESPONSE_CHECKSUM_VALIDATION: CHECKSUMS,
  AWS_ACCOUNT_ID_ENDPOINT_MODE: ['preferred', 'required', 'disabled'],
  AWS_S3_USE_ARN_REGION: SWITCH,
  AWS_S3_DISABLE_EXPRESS_SESSION_AUTH: SWITCH,
};

/** Refuses what the SDK would ignore without a word. Terraform refuses all of these values, too. */
export function rejectSdkVariables(reader: InputReader): void {
  for (const [name, options] of Object.entries(SDK_VARIABLES)) {
    const value = reader.environment(name);
    if (value !== undefined && !options.includes(value.toLowerCase()))
      reader.reject(name, value, `use ${listOptions(options)}`);
  }
}

/**
 * How often `AWS_MAX_ATTEMPTS` lets a request be sent; undefined when it leaves that to the SDK. A malformed number is
 * refused even where it would not count, as in Terraform.
 */
export function readMaxAttemptsVariable(reader: InputReader): number | undefined {
  const value = reader.environment('AWS_MAX_ATTEMPTS');
  if (value === undefined) return undefined;
  const attempts = /^\+?\d+$/.test(value) ? Number(value) : Number.NaN;
  if (Number.isSafeInteger(attempts)) return attempts > 0 ? attempts : undefined;
  reader.reject('AWS_MAX_ATTEMPTS', value, 'use a whole number such as 5, or remove the variable');
  return undefined;
}
