/** By input (docs/protocol.md#configuration). */
export const SETTING_VARIABLES: Readonly<Record<string, readonly string[]>> = {
  region: ['AWS_REGION', 'AWS_DEFAULT_REGION'],
  endpoint: ['AWS_ENDPOINT_URL_S3', 'AWS_S3_ENDPOINT', 'AWS_ENDPOINT_URL'],
  dynamodb_endpoint: ['AWS_ENDPOINT_URL_DYNAMODB', 'AWS_DYNAMODB_ENDPOINT', 'AWS_ENDPOINT_URL'],
  sts_endpoint: ['AWS_ENDPOINT_URL_STS', 'AWS_STS_ENDPOINT', 'AWS_ENDPOINT_URL'],
  sse_customer_key: ['AWS_SSE_CUSTOMER_KEY'],
  shared_config_files: ['AWS_SHARED_CONFIG_FILE', 'AWS_CONFIG_FILE'],
  shared_credentials_files: ['AWS_SHARED_CREDENTIALS_FILE'],
  use_fips_endpoint: ['AWS_USE_FIPS_ENDPOINT'],
  use_dualstack_endpoint: ['AWS_USE_DUALSTACK_ENDPOINT'],
  custom_ca_bundle: ['AWS_CA_BUNDLE'],
  http_proxy: ['HTTP_PROXY', 'http_proxy'],
  https_proxy: ['HTTPS_PROXY', 'https_proxy'],
  no_proxy: ['NO_PROXY', 'no_proxy'],
  retry_mode: ['AWS_RETRY_MODE'],
  ec2_metadata_service_endpoint: ['AWS_EC2_METADATA_SERVICE_ENDPOINT', 'AWS_METADATA_URL'],
  ec2_metadata_service_endpoint_mode: ['AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE'],
  skip_metadata_api_check: ['AWS_EC2_METADATA_DISABLED'],
  workspace: ['TF_WORKSPACE'],
};

/** The environment variables that apply when nothing else gives a setting. The first that is set counts. */
export function listVariables(input: string): readonly string[] {
  return SETTING_VARIABLES[input] ?? [];
}
