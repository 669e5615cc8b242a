import type { AwsFailure, CredentialSource, SourceOutcome } from '../aws/failure.ts';
import { describeGivenCredentials } from '../inputs/backend-block/describe-given-credentials.ts';
import { capitalize } from '../text/capitalize.ts';
import { idTokenFix } from './explain-web-identity.ts';
import { plain } from './plain.ts';

/** The words for a caller without credentials: where the action looked, and what to do. Pure. */
export function explainNoCredentials({ tried }: AwsFailure): string {
  const sources = tried.map(({ source, outcome }) => `${nameSource(source)} (${describeOutcome(outcome)})`);
  return [
    `there are no AWS credentials. ${chooseFix(tried.map(({ outcome }) => outcome.kind))}`,
    `The action looked, in this order, at: ${sources.join('; ')}.`,
  ].join('\n');
}

function chooseFix(outcomes: readonly SourceOutcome['kind'][]): string {
  const keys = 'give `access_key` and `secret_key` or `profile`';
  const step = 'run a step before this one that puts credentials into the environment';
  if (outcomes.includes('no_id_token')) {
    return `To assume the role with the job's own identity, ${idTokenFix}. Or ${keys}, or ${step}.`;
  }
  if (outcomes.includes('no_role_arn')) {
    return `Set \`role_arn\` and give the job \`id-token: write\`, or ${step}, or ${keys}.`;
  }
  return `${capitalize(keys)}, or ${step}.`;
}

function nameSource(source: CredentialSource): string {
  switch (source.kind) {
    case 'input_keys':
      return 'inputs `access_key` and `secret_key`';
    case 'input_profile':
      return source.profile === undefined
        ? 'input `profile`'
        : `input \`profile\`, profile ${plain(source.profile)}`;
    case 'environment':
      return 'environment';
    case 'web_identity':
      return 'web identity';
    case 'token_file':
      return `web identity of ${plain(source.path)}`;
    case 'github':
      return "the job's own identity at GitHub (OIDC)";
    case 'shared_files':
      return `shared files, profile ${plain(source.profile)}`;
    case 'container':
      return 'container';
    case 'instance_metadata':
      return 'instance metadata';
  }
}

function describeOutcome(outcome: SourceOutcome): string {
  switch (outcome.kind) {
    case 'not_given':
      return 'not given';
    case 'variables_not_set':
      return `${outcome.names.join(' and ')} not ${outcome.names.length > 1 ? 'both set' : 'set'}`;
    case 'switched_off':
      return `off by ${outcome.by === 'skip_metadata_api_check' ? '`skip_metadata_api_check`' : outcome.by}`;
    case 'no_role_arn':
      return 'no `role_arn`';
    case 'others_given':
      return describeGivenCredentials(outcome.given);
    case 'not_asked':
      return 'not asked';
    case 'no_id_token':
      return 'no ACTIONS_ID_TOKEN_REQUEST_URL: the job has no `id-token: write`';
    case 'no_answer':
      return 'no answer';
    case 'not_json':
      return 'its answer is not JSON';
    case 'process_failed':
      return 'its credential_process failed';
    case 'failed':
      return plain(outcome.detail);
  }
}
