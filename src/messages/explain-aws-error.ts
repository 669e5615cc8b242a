import { isTls } from '../aws/classify.ts';
import type { AccountRefusal, AwsErrorKind, AwsFailure } from '../aws/failure.ts';
import { permissionFor } from '../aws/permissions.ts';
import { ID_TOKEN_API } from '../aws/web-identity.ts';
import { capitalize } from '../text/capitalize.ts';
import { formatTime } from '../time/format-time.ts';
import { explainNoCredentials } from './explain-no-credentials.ts';
import { chainFix, policyFix, sessionCause } from './explain-session.ts';
import { describeNoToken, identityLines, identityText } from './explain-web-identity.ts';
import { excerpt } from './plain.ts';

type Description = (failure: AwsFailure) => string;

const explanations: Readonly<Record<AwsErrorKind, Description>> = {
  access_denied: accessDenied,
  expired_credentials: (f) =>
    `the credentials${ofCaller(f)} have expired. The action can't renew temporary keys from inputs or the environment: ` +
    'get new ones shortly before this step, or let the action assume the role itself (`role_arn`).',
  invalid_credentials: (f) =>
    `AWS doesn't accept the credentials (${f.code ?? 'no code'}). Either the access key doesn't exist (any more), the secret key or the ` +
    'session token belongs to another one, or they belong to another partition. Temporary keys need all three: ' +
    `\`access_key\`, \`secret_key\` and \`token\`.${otherStoreFix(f)}`,
  no_credentials: explainNoCredentials,
  wrong_account: (f) =>
    `the credentials belong to ${caller(f)}, which this step may not use. It did nothing with them. Check where they come from (inputs, ` +
    'environment, profile, `role_arn`), or correct the list.',
  wrong_region: wrongRegion,
  no_such_bucket: (f) =>
    `the bucket doesn't exist in region ${f.region}. Check the \`bucket\` input and that the credentials belong to the right ` +
    'account. A new bucket may need a minute or two.',
  no_such_key: (f) =>
    `there is no object ${f.resource}. Check the \`key\`, \`workspace\` and \`workspace_key_prefix\` inputs.`,
  no_such_table: (f) =>
    `the table doesn't exist in region ${f.region}${inAccount(f)}. Check the \`dynamodb_table\` and \`region\` inputs: ` +
    'the table must be in the same region as the bucket.',
  wrong_table_key: (f) =>
    `the key of ${f.resource} is not what Terraform's locks need: the table named by \`dynamodb_table\` must have the partition key ` +
    '`LockID` of type String, and no sort key.',
  unreachable,
  clock_skew: clockSkew,
  throttled: (f) =>
    `AWS throttled the request (${f.code ?? f.status}), even after ${attempts(f)}. Try again later, ` +
    'or give the table or bucket more throughput.',
  precondition_failed: (f) =>
    f.code === 'ConditionalRequestConflict'
      ? `another write of ${f.resource} was in progress each time (409 ${f.code}, ${attempts(f)}), so nothing was written. Run the job again.`
      : `${f.resource} was changed by somebody else at the same time (${f.code ?? f.status}), so nothing was written.`,
  conditional_check_failed: (f) =>
    `the item in ${f.resource} is not what the action expected, so nothing was written.`,
  not_implemented: (f) =>
    `the store behind ${where(f)} doesn't support a feature that the request needs. S3-compatible stores often lack conditional writes, ` +
    'checksums, encryption or ACLs: remove the inputs that need them (`encrypt`, `kms_key_id`, `acl`).',
  transaction_cancelled: (f) =>
    `DynamoDB cancelled the transaction on ${f.resource}: ${reasons(f)}. Nothing was written.`,
  service: (f) =>
    `AWS failed with status ${f.status}, the last of ${attempts(f)}. See the AWS Health Dashboard, and run the job again.`,
  aborted,
  archived: (f) =>
    `${f.resource} is archived, so S3 can't read it. Restore it with \`aws s3api restore-object\`, and exclude states from the bucket's lifecycle rules.`,
  account_problem: () =>
    'AWS reports a problem with the account that owns the bucket (AccountProblem). No permission fixes that. Ask AWS Support.',
  web_page: (f) =>
    `${where(f)} answered with a web page (status ${f.status}). A web server or a proxy answers in its place: check the endpoint and the proxy settings.`,
  redirected: (f) => `${where(f)} redirects the request, and the action doesn't follow redirects.`,
  other,
};

/**
 * The paragraph for the user about a failed call to AWS. The first line names the call, its resource and the problem. The next lines say why, what to do and what AWS
 * answered. Last come the claims of a refused token. Contains no credential. Pure.
 */
export function explainAwsError({ failure }: { readonly failure: AwsFailure }): string {
  if (failure.api === ID_TOKEN_API) return describeNoToken(failure);
  const { wrong, more } = splitExplanation(identityText(failure) ?? explanations[failure.kind](failure));
  const call = nameCall(failure);
  const whole = `${call} on ${failure.resource} failed: ${wrong}`;
  const headline = whole.length < LONGEST_LINE ? whole : `${call} failed: ${wrong}`;
  const resource = whole === headline ? '' : `The resource is ${failure.resource}.`;
  const lines = [headline, resource, more, `${quote(failure)} ${footnote(failure)}`.trim()];
  return lines.filter((line) => line !== '').join('\n') + identityLines(failure);
}

/** A permission's name as it is; other words as a sentence begins. */
function nameCall({ api }: AwsFailure): string {
  return api.includes(':') ? api : capitalize(api);
}

/** Characters of a sentence with a list of accounts. */
const LONGEST_LIST = 400;

/** Characters of the first line, which is all that some views of a run show. */
const LONGEST_LINE = 300;

/** The first sentence, and those after it. A period within a word does not end a sentence. */
function splitExplanation(words: string): { readonly wrong: string; readonly more: string } {
  const end = /[.?!] (?=[A-Z`])/.exec(words);
  if (end === null) return { wrong: words, more: '' };
  return { wrong: words.slice(0, end.index + 1), more: words.slice(end.index + 2) };
}

/** Like Terraform, the action checks another store's keys with AWS's STS unless an input turns that off. */
function otherStoreFix({ api, endpoint }: AwsFailure): string {
  return api === 'sts:GetCallerIdentity' && endpoint === undefined
    ? ' AWS does not know the keys of an S3-compatible store. For those, set `skip_credentials_validation: true`.'
    : '';
}

function other(f: AwsFailure): string {
  const code = f.code === undefined || f.code === 'Error' ? '' : ` (${f.code})`;
  if (f.status === undefined) return `it could not be completed${code}.`;
  return `${where(f)} refused the request${code}.${settingFix(f)}${policyFix(f)}${chainFix(f)}`;
}

/** Names the input that S3 refuses, if it is set. */
function settingFix(failure: AwsFailure): string {
  const { code = '', asked = [] } = failure;
  if (code.startsWith('KMS.')) return keyFix(failure);
  if (!asked.includes('acl')) return '';
  if (code === 'AccessControlListNotSupported') {
    return ' The bucket has ACLs disabled (its owner owns all objects): remove the input `acl`.';
  }
  // S3's own codes for an ACL that it doesn't know; they are those of other headers, too.
  return code === 'InvalidArgument' || code === 'UnsupportedArgument'
    ? ' It may be about the input `acl`: use one of the canned ACLs of S3, or remove it.'
    : '';
}

/** Which KMS key can't be used. Only a write names one. */
function keyFix({ api, asked = [] }: AwsFailure): string {
  if (api.startsWith('dynamodb:')) {
    return " The table's KMS key can't be used: enable it, or give the table another.";
  }
  if (api !== 's3:PutObject') {
    return " The object's KMS key can't be used: enable it.";
  }
  return asked.includes('kms_key_id')
    ? " The key in `kms_key_id` can't be used: enable it, or name another."
    : " The KMS key of the bucket's default encryption can't be used: enable it, give the bucket another, or name one with `kms_key_id` (and `encrypt: true`).";
}

function quote({ kind, detail, status, refusedAccount }: AwsFailure): string {
  if (refusedAccount !== undefined) return describeAccount(refusedAccount);
  if (detail === undefined || kind === 'no_such_bucket' || kind === 'no_such_table') return '';
  const isOurs = status === undefined || kind === 'redirected';
  return `${isOurs ? 'The error' : 'AWS says'}: "${detail}"`;
}

function describeAccount({ account, rule, list }: AccountRefusal): string {
  const isIn = rule === 'forbidden_account_ids' ? 'is in' : 'is not in';
  return excerpt(`The account ${account} ${isIn} ${rule} (${list.join(', ')}).`, LONGEST_LIST);
}

function accessDenied(f: AwsFailure): string {
  return (
    `${caller(f)} is not allowed to do this. It needs the permission ${f.requires ?? permissionFor(f.api)} on ${f.resource}, and no policy (of the ` +
    `bucket, key, session or organisation) may deny it.${hiddenCause(f.api)}${blockedKey(f)}${sessionCause(f)}`
  );
}

/** No answer of S3 mentions this setting of the bucket. */
function blockedKey({ asked = [] }: AwsFailure): string {
  return asked.includes('sse_customer_key')
    ? ' The bucket may also block SSE-C, as new buckets do since April 2026. If so, remove SSE-C from its blocked encryption types, or use `kms_key_id` instead of `sse_customer_key`.'
    : '';
}

function hiddenCause(api: string): string {
  if (api === 's3:GetObject' || api === 's3:HeadObject') {
    return ' S3 also answers this for a missing object if the caller lacks `s3:ListBucket` on the bucket.';
  }
  if (!api.startsWith('sts:AssumeRole')) return '';
  return " The role's trust policy must allow this principal too, with the same `external_id` if it requires one.";
}

const otherRegions = 'without the input, AWS_REGION, AWS_DEFAULT_REGION or the profile decides';

function wrongRegion(f: AwsFailure): string {
  if (f.actualRegion === undefined) {
    return `the bucket is not in region ${f.region}. Set the \`region\` input to the bucket's region; ${otherRegions}.`;
  }
  return `the bucket is in region ${f.actualRegion}, but \`region\` is ${f.region}. Set the \`region\` input to ${f.actualRegion}; ${otherRegions}.`;
}

function unreachable(f: AwsFailure): string {
  if (isTls(f.code)) {
    return (
      `the certificate of ${where(f)} is not trusted, or TLS can't be agreed on (${f.code}). For a private certificate authority ` +
      'give its PEM file as `custom_ca_bundle`.'
    );
  }
  if (f.code?.startsWith('ERR_PROXY_')) {
    return `${where(f)} can't be reached: the proxy refuses the connection. Check \`https_proxy\`, \`no_proxy\` and what the proxy allows.`;
  }
  const cause = f.code === 'ENOTFOUND' ? 'its name does not resolve' : (f.code ?? 'no answer in time');
  return (
    `${where(f)} can't be reached (${cause}, after ${attempts(f)}). Check the \`region\` input, the endpoint inputs and ` +
    'variables (`AWS_ENDPOINT_URL*`), and that firewall, VPC and proxy let this runner connect (`https_proxy`, `no_proxy`).'
  );
}

/** Depends on the name of the signal's reason. The runner interrupts a step in the same way when it is cancelled and when it times out. */
function aborted({ code, before, attempts: count }: AwsFailure): string {
  const tries =
    before === undefined ? '' : ` It was tried ${times(count)}, and the last attempt failed: ${before}.`;
  if (code === 'Interrupted') return `the job was cancelled or timed out before the answer came.${tries}`;
  const late = code === 'OutOfTime' || code === 'TimeoutError';
  return `${late ? 'the time for this step ran out' : 'it was ended'} before the answer came.${tries}`;
}

function clockSkew(f: AwsFailure): string {
  const theirs = f.serverTime === undefined ? '' : `, AWS's clock ${f.serverTime}`;
  return (
    `AWS refused the date of the signature: the clock of this runner shows ${formatTime(f.now)}${theirs}. ` +
    'Set the clock of the runner (NTP); AWS allows at most five minutes of difference.'
  );
}

function reasons({ reasons: list }: AwsFailure): string {
  const named = list
    .map(({ code, message }, index) => ({ code, message, index }))
    .filter(({ code }) => code !== 'None');
  if (named.length === 0) return 'no reason was given';
  return named
    .map(
      ({ code, message, index }) =>
        `item ${index + 1}: ${code}${message === undefined ? '' : ` (${message})`}`,
    )
    .join(', ');
}

function caller({ principal }: AwsFailure): string {
  return principal ?? 'the caller';
}

function ofCaller({ principal }: AwsFailure): string {
  return principal === undefined ? '' : ` of ${principal}`;
}

function inAccount({ principal }: AwsFailure): string {
  return principal === undefined ? '' : `, in the account of ${principal}`;
}

function where({ endpoint, host, api, region }: AwsFailure): string {
  return endpoint ?? host ?? `the AWS endpoint of ${api.split(':', 1)[0]} in ${region}`;
}

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);

function attempts({ attempts: count }: AwsFailure): string {
  return count === 1 ? 'one attempt' : `${count} attempts`;
}

function footnote({ requestId, region, principal }: AwsFailure): string {
  const caller = principal === undefined ? 'Region' : `Principal: ${principal}, region`;
  const request = requestId === undefined ? '' : `, request id ${requestId}`;
  return `(${caller} ${region}${request})`;
}
