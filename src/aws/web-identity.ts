import { readFile } from 'node:fs/promises';
import { assumeRoleWithWebIdentity, type StsContext, sessionInput } from './assume-role.ts';
import { attempt } from './attempts.ts';
import type { Environment, FetchIdToken } from './aws.ts';
import type { Keys } from './clients.ts';
import type { GivenCredentials, SourceOutcome } from './failure.ts';
import type { CredentialSettings, WebIdentity } from './settings.ts';

/** The API name for requesting the job's token from GitHub. It is not a call to AWS. */
export const ID_TOKEN_API = 'github:IdToken';

/** One variable of the environment; empty is not set. */
type LookUp = (name: string) => string | undefined;

/** Whether GitHub offers this job a token, which requires `id-token: write`. Pure. */
export function offersIdToken(lookUp: LookUp): boolean {
  return Boolean(lookUp('ACTIONS_ID_TOKEN_REQUEST_URL') && lookUp('ACTIONS_ID_TOKEN_REQUEST_TOKEN'));
}

/** Whether the environment has keys. Pure. */
export function hasEnvironmentKeys(lookUp: LookUp): boolean {
  return Boolean(lookUp('AWS_ACCESS_KEY_ID') && lookUp('AWS_SECRET_ACCESS_KEY'));
}

const GIVEN_BY_VARIABLE = [
  'AWS_PROFILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_SHARED_CREDENTIALS_FILE',
  'AWS_CONFIG_FILE',
  'AWS_SHARED_CONFIG_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
] as const;

/** Credentials from inputs. */
export type WorkflowCredentials = Pick<
  CredentialSettings,
  'static' | 'profile' | 'sharedCredentialsFiles' | 'sharedConfigFiles'
>;

/**
 * The credentials that the workflow gives this job, which then assume the role instead of the job's own identity;
 * `undefined` when there are none. A machine's own credentials, such as a default profile or an instance's role, don't
 * count. Pure.
 */
export function givenCredentials(given: WorkflowCredentials, lookUp: LookUp): GivenCredentials | undefined {
  if (given.static !== undefined) return inputs('access_key', 'secret_key');
  if (given.profile !== undefined) return inputs('profile');
  if (given.sharedCredentialsFiles.length > 0) return inputs('shared_credentials_files');
  if (given.sharedConfigFiles.length > 0) return inputs('shared_config_files');
  if (hasEnvironmentKeys(lookUp)) return { kind: 'variable', name: 'AWS_ACCESS_KEY_ID' };
  const name = GIVEN_BY_VARIABLE.find((variable) => lookUp(variable));
  return name === undefined ? undefined : { kind: 'variable', name };
}

function inputs(...names: string[]): GivenCredentials {
  return { kind: 'inputs', names };
}

/** Why GitHub was not asked for a token, for the list of sources. Pure. */
export function whyNoIdToken(settings: CredentialSettings, env: Environment): SourceOutcome {
  const { assumeRole } = settings;
  if (assumeRole === undefined) return { kind: 'no_role_arn' };
  const lookUp = (name: string) => env[name];
  const given = givenCredentials(settings, lookUp);
  if (given !== undefined) return { kind: 'others_given', given };
  return { kind: offersIdToken(lookUp) ? 'not_asked' : 'no_id_token' };
}

/**
 * The role's keys from a web identity. GitHub's tokens last only minutes, so each attempt gets its own. A file is kept
 * fresh by the program that wrote it.
 *
 * @throws AwsError; errors of the file as they are
 */
export async function assumeByIdentity(
  identity: WebIdentity,
  stsContext: StsContext,
  fetchIdToken: FetchIdToken | undefined,
): Promise<Keys> {
  const { token } = identity;
  const input = sessionInput(identity);
  if (token.from === 'github') {
    return await assumeRoleWithWebIdentity(stsContext, input, () =>
      askGitHub(stsContext, token.audience, fetchIdToken),
    );
  }
  const text = (await readFile(token.path, 'utf8')).trim();
  if (text === '') throw new Error(`${token.path} is empty`);
  return await assumeRoleWithWebIdentity(stsContext, input, async () => text);
}

async function askGitHub(
  stsContext: StsContext,
  audience: string,
  fetchIdToken: FetchIdToken | undefined,
): Promise<string> {
  const context = () => ({
    api: ID_TOKEN_API,
    resource: `audience ${audience}`,
    principal: undefined,
    region: stsContext.region,
    endpoint: undefined,
    identity: undefined,
  });
  return await attempt(stsContext.retryContext, context, async (signal) => {
    if (fetchIdToken === undefined) throw new Error("this process can't ask GitHub for a token");
    return await fetchIdToken(audience, signal);
  });
}
