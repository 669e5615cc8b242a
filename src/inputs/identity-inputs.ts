import type { AssumeRole, CredentialSettings, WebIdentityToken } from '../aws/settings.ts';
import {
  givenCredentials,
  hasEnvironmentKeys,
  offersIdToken,
  type WorkflowCredentials,
} from '../aws/web-identity.ts';
import type { InputReader } from '../runner/inputs.ts';
import type { Job } from '../runner/job.ts';
import { checkPathVariable, readPath } from './path-inputs.ts';
import { buildChain, parseLinks, type RolesGiven } from './role-chain.ts';

/** The audience that AWS documents for its OIDC providers. */
export const DEFAULT_AUDIENCE = 'sts.amazonaws.com';

/**
 * Who assumes the role, or the first of several: a web identity, with the token from `web_identity_token_file` or
 * GitHub, or the credentials that are found. Decided here once for main, checkpointer and post, because credentials
 * that later steps put into the environment are not meant for this role.
 */
export function readIdentity(
  reader: InputReader,
  job: Job,
  roles: RolesGiven | undefined,
  given: WorkflowCredentials,
  warnings: string[],
): Pick<CredentialSettings, 'webIdentity' | 'via' | 'assumeRole'> {
  const token = readToken(reader, job, roles, given);
  if (roles === undefined) return { webIdentity: undefined, via: [], assumeRole: undefined };
  const links = parseLinks(roles);
  if (token === undefined) return { webIdentity: undefined, ...buildChain(links, false, warnings) };
  const [first, ...others] = links;
  const { roleArn, sessionName, durationSeconds, policy, policyArns } = first;
  const without = others.length === 0 ? withoutEffect(first) : [];
  if (without.length > 0) {
    warnings.push(
      `${without.join(', ')}: no effect, because a web identity assumes role_arn, and STS accepts none from it.`,
    );
  }
  const webIdentity = { roleArn, sessionName, durationSeconds, policy, policyArns, token };
  return { webIdentity, ...buildChain(others, true, warnings) };
}

function withoutEffect(role: AssumeRole): string[] {
  return Object.entries({
    external_id: role.externalId !== undefined,
    source_identity: role.sourceIdentity !== undefined,
    assume_role_tags: role.givenTags.length > 0,
    assume_role_transitive_tag_keys: role.transitiveTagKeys.length > 0,
  }).flatMap(([name, isGiven]) => (isGiven ? [name] : []));
}

/** Files whose content is sent to a service that returns credentials for it. */
const TOKEN_VARIABLES = ['AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'];

function readToken(
  reader: InputReader,
  job: Job,
  roles: RolesGiven | undefined,
  given: WorkflowCredentials,
): WebIdentityToken | undefined {
  const file = readPath(reader, job, 'web_identity_token_file');
  const audience = reader.text('audience') ?? DEFAULT_AUDIENCE;
  if (file !== undefined) return readFile(reader, file, roles, given);
  const lookUp = (name: string) => reader.environment(name);
  for (const name of TOKEN_VARIABLES) checkPathVariable(reader, job, 'web_identity_token_file', [name]);
  const theirs = fileOfEnvironment(given, lookUp);
  if (theirs !== undefined) return { from: 'file', path: theirs };
  const isJobs = givenCredentials(given, lookUp) === undefined && offersIdToken(lookUp);
  return isJobs ? { from: 'github', audience } : undefined;
}

function readFile(
  reader: InputReader,
  path: string,
  roles: RolesGiven | undefined,
  { static: keys, profile }: WorkflowCredentials,
): WebIdentityToken {
  if (roles === undefined) {
    reader.reject('web_identity_token_file', path, 'it also needs role_arn, the role to assume');
  }
  if (keys !== undefined || profile !== undefined) {
    const other = keys === undefined ? 'profile' : 'access_key and secret_key';
    reader.reject('web_identity_token_file', path, `it replaces ${other}: remove one of them`);
  }
  return { from: 'file', path };
}

/** Without its own role, the environment's token is for `role_arn`. With one, it is a source like any other. */
function fileOfEnvironment(
  { static: keys, profile }: WorkflowCredentials,
  lookUp: (name: string) => string | undefined,
): string | undefined {
  if (keys !== undefined || profile !== undefined || hasEnvironmentKeys(lookUp)) return undefined;
  return lookUp('AWS_ROLE_ARN') === undefined ? lookUp('AWS_WEB_IDENTITY_TOKEN_FILE') : undefined;
}
