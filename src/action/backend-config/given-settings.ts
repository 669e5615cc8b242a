import { createInputReader, type Environment, type GivenSettings } from '../../runner/inputs.ts';
import type { Job } from '../../runner/job.ts';
import type { Runner } from '../../runner/runner.ts';
import type { ConfigValue } from '../../terraform-config/value.ts';
import { SECRET_ARGUMENTS, WEB_IDENTITY_ROLE } from './arguments.ts';
import { originsLine } from './origins.ts';
import { settingsOf } from './settings-of.ts';
import { readWritten } from './written.ts';

/** What is needed of the story's dependencies. */
interface Reach {
  readonly env: Environment;
  readonly runner: Pick<Runner, 'info' | 'mask'>;
}

/**
 * The settings that inputs need not repeat: those of the backend block in `working_directory`, and over them those of
 * `backend_config`. Masks what is secret of them, and logs where each setting comes from. Throws when the disk refuses.
 */
export async function readGivenSettings({ env, runner }: Reach, job: Job): Promise<GivenSettings> {
  const reader = createInputReader(env);
  const backendConfig = reader.text('backend_config');
  const workingDirectory = reader.text('working_directory');
  const written = await readWritten({ workspace: job.workspace, backendConfig, workingDirectory });
  for (const [name, { value }] of written.values) maskSecrets(runner, name, value);
  const isInput = (name: string) => reader.text(name === WEB_IDENTITY_ROLE ? 'role_arn' : name) !== undefined;
  const { settings, problems } = settingsOf(written.values, isInput);
  const { elsewhere } = written;
  const isPlaced = ['bucket', 'key'].every((name) => isInput(name) || settings.has(name));
  if (elsewhere !== undefined && isPlaced) runner.info(`${elsewhere.cure}: what the inputs name is held.`);
  if (written.values.size > 0) runner.info(originsLine(env, settings));
  const notS3 = elsewhere === undefined || isPlaced ? [] : [elsewhere];
  return { settings, problems: [...written.problems, ...notS3, ...problems] };
}

function maskSecrets(runner: Reach['runner'], name: string, value: ConfigValue): void {
  if (value.kind === 'object') {
    for (const [inner, field] of value.entries) maskSecrets(runner, inner, field);
  } else if (value.kind === 'text' && value.text !== '' && SECRET_ARGUMENTS.has(name))
    runner.mask(value.text);
}
