import { text as toText } from 'node:stream/consumers';
import { partition } from '@aws-sdk/core/client';
import { HttpRequest } from '@smithy/core/protocols';
import type { Clients, KeysProvider } from './clients.ts';

/** What IAM is asked: which of these actions on one resource the policies of a user or role allow. */
export interface PolicyQuestion {
  /** ARN of the user or role. */
  readonly source: string;
  readonly actions: readonly string[];
  /** ARN of the resource, or `*`. */
  readonly resource: string;
  /** Condition keys of the request that are lists: `dynamodb:LeadingKeys`. */
  readonly context: Readonly<Record<string, readonly string[]>>;
}

/**
 * `iam:SimulatePrincipalPolicy`, signed by hand: the one call to IAM is not worth a fourth client in the bundle. It
 * changes nothing. Returns the actions that are allowed. Errors: as the SDK's clients throw them.
 */
export async function simulatePolicy(
  { sts, transport }: Pick<Clients, 'sts' | 'transport'>,
  keys: KeysProvider,
  question: PolicyQuestion,
  where: { readonly region: string; readonly endpoint: string | undefined },
  abortSignal: AbortSignal,
): Promise<Set<string>> {
  const home = findIamRegion(where.region);
  const request = requestTo(new URL(where.endpoint ?? home.endpoint), encodeForm(question));
  // A client of its own, since its signer keeps the names that it was first asked for.
  const signer = await sts(keys).config.signer({
    name: 'sigv4',
    signingName: 'iam',
    signingRegion: home.region,
    properties: {},
  });
  const { response } = await transport.handle(asRequest(await signer.sign(request)), {
    abortSignal,
  });
  const answer = await toText(response.body);
  if (response.statusCode >= 300) throw errorIn(answer, response.statusCode);
  return allowedIn(answer);
}

function requestTo(url: URL, body: string): HttpRequest {
  return new HttpRequest({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    path: '/',
    body,
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    headers: {
      host: url.host,
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': String(Buffer.byteLength(body)),
    },
  });
}

/** IAM is one for all regions of a partition. */
function findIamRegion(region: string): { readonly endpoint: string; readonly region: string } {
  const { name, dnsSuffix } = partition(region);
  if (name === 'aws') return { endpoint: `https://iam.${dnsSuffix}`, region: 'us-east-1' };
  if (name === 'aws-us-gov') return { endpoint: `https://iam.us-gov.${dnsSuffix}`, region: 'us-gov-west-1' };
  const home = name === 'aws-cn' ? 'cn-north-1' : region;
  return { endpoint: `https://iam.${home}.${dnsSuffix}`, region: home };
}

function encodeForm({ source, actions, resource, context }: PolicyQuestion): string {
  const form = new URLSearchParams({
    Action: 'SimulatePrincipalPolicy',
    Version: '2010-05-08',
    PolicySourceArn: source,
    'ResourceArns.member.1': resource,
  });
  for (const [i, action] of actions.entries()) form.set(`ActionNames.member.${i + 1}`, action);
  for (const [i, [key, values]] of Object.entries(context).entries()) {
    const entry = `ContextEntries.member.${i + 1}`;
    form.set(`${entry}.ContextKeyName`, key);
    form.set(`${entry}.ContextKeyType`, 'stringList');
    for (const [j, value] of values.entries()) form.set(`${entry}.ContextKeyValues.member.${j + 1}`, value);
  }
  return form.toString();
}

function asRequest(signed: unknown): HttpRequest {
  if (!HttpRequest.isInstance(signed)) throw new TypeError('the signer returned no request');
  return signed;
}

/** Names of actions are plain in XML, and so are decisions. */
function allowedIn(xml: string): Set<string> {
  const results = xml.matchAll(
    /<EvalActionName>([\w:-]+)<\/EvalActionName>[\s\S]*?<EvalDecision>(\w+)<\/EvalDecision>/g,
  );
  return new Set(
    [...results].flatMap(([, action = '', decision]) => (decision === 'allowed' ? [action] : [])),
  );
}

function errorIn(xml: string, httpStatusCode: number): Error {
  const element = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  const error = new Error(element('Message') ?? 'UnknownError');
  const $metadata = { httpStatusCode, requestId: element('RequestId') };
  return Object.assign(error, { name: element('Code') ?? String(httpStatusCode), $metadata });
}
