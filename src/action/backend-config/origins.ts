import { createInputReader, type Environment, type GivenSettings } from '../../runner/inputs.ts';
import { BACKEND_INPUTS } from './arguments.ts';

// What the environment says where nothing else does (spec 6.2).
const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  region: ['AWS_REGION', 'AWS_DEFAULT_REGION'],
  endpoint: ['AWS_ENDPOINT_URL_S3', 'AWS_S3_ENDPOINT', 'AWS_ENDPOINT_URL'],
  dynamodb_endpoint: ['AWS_ENDPOINT_URL_DYNAMODB', 'AWS_DYNAMODB_ENDPOINT', 'AWS_ENDPOINT_URL'],
  sts_endpoint: ['AWS_ENDPOINT_URL_STS', 'AWS_STS_ENDPOINT', 'AWS_ENDPOINT_URL'],
  sse_customer_key: ['AWS_SSE_CUSTOMER_KEY'],
};

/** Where each setting of the backend comes from, on one line and without their values. Pure. */
export function originsLine(env: Environment, settings: GivenSettings['settings']): string {
  const reader = createInputReader(env);
  const names = new Map<string, string[]>();
  for (const name of BACKEND_INPUTS) {
    const given = settings.get(name)?.from.replace(/:\d+$/, '');
    const variable = VARIABLES[name]?.find((variable) => reader.environment(variable) !== undefined);
    const origin = reader.text(name) === undefined ? (given ?? variable) : 'the inputs';
    if (origin !== undefined) names.set(origin, [...(names.get(origin) ?? []), name]);
  }
  const parts = [...names].map(([origin, of]) => `${of.join(', ')} from ${origin}`);
  return `Settings: ${parts.join('; ')}.`;
}
