import { givenCredentials, offersIdToken } from '../../aws/web-identity.ts';
import {
  createInputReader,
  type Environment,
  type GivenSettings,
  type InputReader,
} from '../../runner/inputs.ts';
import type { Job } from '../../runner/job.ts';
import type { Runner } from '../../runner/runner.ts';
import { BACKEND_INPUTS, SECRET_INPUTS } from './arguments.ts';
import { type SettingsFound, toSettings } from './arguments-to-settings.ts';
import { describeGivenCredentials } from './describe-given-credentials.ts';
import { type MergedArguments, moduleFolder, readArguments } from './read-arguments.ts';
import { originsLine } from './setting-origins.ts';
import { isTaken } from './trust.ts';

/** The dependencies of the step that are needed here. */
interface Reach {
  readonly env: Environment;
  readonly runner: Pick<Runner, 'info' | 'notice' | 'mask'>;
}

/**
 * The settings that inputs need not repeat: those of the backend block in `working_directory`, and with higher
 * precedence those of `backend_config`. Files of the repository can set what only the workflow may set only with
 * `trust_repository`. Masks secret settings, and logs where each setting comes from. Throws when the disk fails.
 */
export async function readSettings({ env, runner }: Reach, job: Job): Promise<GivenSettings> {
  const reader = createInputReader(env);
  const backendConfig = reader.text('backend_config');
  const workingDirectory = reader.text('working_directory');
  const { workspace } = job;
  const merged = await readArguments({ workspace, backendConfig, workingDirectory });
  const isInput = (name: string) => reader.text(name) !== undefined;
  const found = toSettings(merged.values, {
    isInput,
    trustsRepository: reader.boolean('trust_repository') ?? false,
    credentialsBrought: (hasRole) => credentialsBrought(reader, hasRole),
  });
  const { settings } = found;
  maskSecrets(runner, settings);
  for (const { location, argument, why } of found.leftOut) {
    runner.notice(
      `${location}: ${argument} has no effect here, because the workflow has credentials: ${why}.`,
    );
  }
  const isLocated = ['bucket', 'key'].every((name) => isInput(name) || settings.has(name));
  const notS3 = locationProblem(merged, isLocated);
  if (merged.elsewhere !== undefined && isLocated) {
    runner.info(`${merged.elsewhere.fix}: the action holds the state that the inputs name.`);
  }
  if (merged.values.size > 0) runner.info(originsLine(env, settings));
  const isPartial = merged.isPartial || notS3.length > 0;
  return {
    settings,
    problems: [...reader.problems, ...merged.problems, ...notS3, ...found.problems],
    unread: isPartial ? new Set(BACKEND_INPUTS.filter((name) => !isTaken(name, isInput))) : found.unread,
    folder: moduleFolder({ workspace, workingDirectory }),
  };
}

/** Another backend does not matter when bucket and key are given. */
function locationProblem({ elsewhere }: MergedArguments, isLocated: boolean): GivenSettings['problems'] {
  return elsewhere === undefined || isLocated ? [] : [elsewhere];
}

/**
 * The credentials that the workflow provides, with inputs, variables or its own identity. The role may come from the
 * block.
 */
function credentialsBrought(reader: InputReader, hasRole: boolean): string | undefined {
  const lookUp = (name: string) => reader.environment(name);
  const files = reader.text('shared_credentials_files') ?? reader.text('shared_credentials_file');
  const config = reader.text('shared_config_files');
  const accessKeyId = reader.text('access_key');
  const given = {
    static: accessKeyId === undefined ? undefined : { accessKeyId, secretAccessKey: '', sessionToken: '' },
    profile: reader.text('profile'),
    sharedCredentialsFiles: files === undefined ? [] : [files],
    sharedConfigFiles: config === undefined ? [] : [config],
  };
  if (reader.text('web_identity_token_file') !== undefined) return '`web_identity_token_file` is given';
  const brought = givenCredentials(given, lookUp);
  if (brought !== undefined) return describeGivenCredentials(brought);
  return hasRole && offersIdToken(lookUp) ? "the job's own identity assumes the role (OIDC)" : undefined;
}

const CUSTOMER_KEY = /^[A-Za-z0-9+/=]{44}$/;

/**
 * A key in an untrusted file is masked only if it has the form of a key. Otherwise it could mask the log of the whole
 * job.
 */
function maskSecrets(runner: Reach['runner'], settings: SettingsFound['settings']): void {
  for (const name of SECRET_INPUTS) {
    const { text = '', isRepository = false } = settings.get(name) ?? {};
    const isText = isRepository && name === 'sse_customer_key' && !CUSTOMER_KEY.test(text);
    if (text !== '' && !isText) runner.mask(text);
  }
}
