import { isReadableOnTheWay, plainHttpText, type WireSecret } from '../aws/plain-http.ts';
import type { AwsSettings } from '../aws/settings.ts';
import { hasEnvironmentKeys } from '../aws/web-identity.ts';
import type { ObjectOptions } from '../backend/settings.ts';
import type { InputReader } from '../runner/inputs.ts';
import { ENDPOINT_INPUTS } from './endpoint-inputs.ts';
import { readInputOrVariable, rejectGiven } from './input-or-variable.ts';

type Service = keyof AwsSettings['endpoints'];

/**
 * Refuses endpoints to which this job would send secrets over plain `http:`, if that is known before any call. The
 * connection itself refuses what is known only once credentials are found.
 */
export function rejectPlainHttp(reader: InputReader, aws: AwsSettings, objects: ObjectOptions): void {
  if (aws.network.insecure) return;
  for (const service of ['s3', 'dynamodb', 'sts'] as const) {
    const endpoint = aws.endpoints[service];
    const secret = secretFor(service, reader, aws, objects);
    if (endpoint === undefined || secret === undefined || !isReadableOnTheWay(endpoint)) continue;
    const input = ENDPOINT_INPUTS[service];
    const fix = plainHttpText(secret, new URL(endpoint).host);
    rejectGiven(reader, input, readInputOrVariable(reader, input), endpoint, fix);
  }
}

function secretFor(
  service: Service,
  reader: InputReader,
  { credentials }: AwsSettings,
  { encrypt, customerKey }: ObjectOptions,
): WireSecret | undefined {
  const { static: keys, profile, webIdentity, via, assumeRole } = credentials;
  if (service === 's3' && encrypt && customerKey !== undefined) return 'the SSE-C key';
  if (service === 'sts' && webIdentity !== undefined) return 'an OIDC token';
  const isAssumed = webIdentity !== undefined || assumeRole !== undefined;
  // STS receives a session only if another one assumes a role.
  if (service === 'sts' ? via.length > 0 : isAssumed) return 'a session token';
  if (webIdentity !== undefined || (keys === undefined && profile !== undefined)) return undefined;
  const token = keys === undefined ? environmentToken(reader) : keys.sessionToken;
  return token === undefined ? undefined : 'a session token';
}

function environmentToken(reader: InputReader): string | undefined {
  return hasEnvironmentKeys((name) => reader.environment(name))
    ? reader.environment('AWS_SESSION_TOKEN')
    : undefined;
}
