import type { AwsFailure } from '../aws/failure.ts';
import {
  isFromMergeQueue,
  subjectForms,
  type TokenFacts,
  tokensLike,
  trustStatement,
} from '../aws/web-token.ts';

export const idTokenFix =
  'give the job `permissions:` with `id-token: write` (and `contents: read` for a checkout, since unlisted permissions are ' +
  'revoked). Pull requests from forks never get a token';

/** The words for a failure that only a web identity can have; `undefined` for any other. Pure. */
export function identityText(f: AwsFailure): string | undefined {
  if (f.api !== 'sts:AssumeRoleWithWebIdentity') return undefined;
  if (f.kind === 'access_denied') return notTrusted();
  if (f.kind === 'expired_credentials') {
    return "the web identity's token has expired. Use a fresh token, and check this runner's clock.";
  }
  if (/^IDPCommunicationError/.test(f.code ?? '') || /retrieve verification key/i.test(f.detail ?? '')) {
    const issuer = f.identity?.iss ?? 'the issuer';
    return `AWS could not fetch the keys of ${issuer} to check the token. The issuer must be reachable from the internet.`;
  }
  return f.kind === 'invalid_credentials' ? notAccepted(f) : undefined;
}

/** The token's claims, and a trust policy that accepts them: lines below the paragraph. Empty when they don't help. */
export function identityLines(f: AwsFailure): string {
  const { identity: facts } = f;
  const role = /^role (arn:\S+)/.exec(f.resource)?.[1];
  if (facts === undefined || role === undefined) return '';
  if (f.kind !== 'access_denied' && f.kind !== 'invalid_credentials') return '';
  return [
    '',
    'The token has these claims:',
    ...(['iss', 'aud', 'sub'] as const).map((claim) => `  ${claim}: ${JSON.stringify(facts[claim])}`),
    `A trust policy statement that accepts it${queueNote(facts)}${formsNote(facts)}:`,
    JSON.stringify(trustStatement(role, tokensLike(facts)), null, 2),
  ].join('\n');
}

function queueNote(facts: TokenFacts): string {
  return isFromMergeQueue(facts) ? ", and all others of this branch's merge queue" : '';
}

function formsNote(facts: TokenFacts): string {
  return subjectForms(facts).length === 1
    ? ''
    : ' (both forms of the subject, without and with immutable ids; this token uses the first)';
}

function notTrusted(): string {
  return (
    "its trust policy does not accept this job's token, or the role does not exist. Compare its conditions on `aud` and `sub` with the " +
    'token, letter by letter, and its provider with the issuer. The `sub` of a job with an `environment` differs from that of a job without one.'
  );
}

function notAccepted(f: AwsFailure): string {
  const { detail = '', identity } = f;
  const id = /::(\d{12}):/.exec(f.resource)?.[1];
  const account = id === undefined ? "the role's account" : `account ${id}`;
  if (/audience/i.test(detail)) {
    return (
      `the OIDC provider in ${account} does not list the audience ${JSON.stringify(identity?.aud ?? '')}. Set the ` +
      '`audience` input to a listed one, or add this one to the provider.'
    );
  }
  if (/no openidconnect provider/i.test(detail)) {
    return (
      `${account} has no OIDC provider for this issuer. Create it once: aws iam create-open-id-connect-provider ` +
      `--url ${identity?.iss ?? 'ISSUER'} --client-id-list ${identity?.aud ?? 'sts.amazonaws.com'}`
    );
  }
  return `AWS does not accept the token of the web identity (${f.code ?? 'no code'}).`;
}

/** The paragraph for a token that GitHub did not issue. Pure. */
export function describeNoToken(f: AwsFailure): string {
  return `The action needs the job's OIDC token (${f.resource}) to assume the role: ${whyNoToken(f)}`;
}

function whyNoToken(f: AwsFailure): string {
  if (f.kind === 'aborted') return 'the job was cancelled or timed out before GitHub issued a token.';
  if (f.status === undefined && f.kind !== 'other') {
    return (
      `GitHub's token service${f.host === undefined ? '' : ` (${f.host})`} can't be reached (${f.code ?? 'no answer'}, the last of ` +
      `${f.attempts} attempts). Check the proxy variables (\`https_proxy\`, \`no_proxy\`), and that this runner may connect to it.`
    );
  }
  if (f.status === undefined || f.status >= 500 || f.status === 429) {
    return `GitHub issued no token (${f.status ?? 'an answer without one'}, the last of ${f.attempts} attempts). Run the job again.`;
  }
  return `GitHub refused the token (${f.status}). It issues tokens only while the job runs. If the job is running, ${idTokenFix}.`;
}
