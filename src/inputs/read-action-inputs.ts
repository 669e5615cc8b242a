import { profileRegion } from '../aws/regions.ts';
import { createInputReader, type Environment, type GivenSettings, NOTHING_GIVEN } from '../runner/inputs.ts';
import type { Job } from '../runner/job.ts';
import type { Runner } from '../runner/runner.ts';
import { readSettings } from './backend-block/read-settings.ts';
import { readSharedFiles } from './credential-inputs.ts';
import type { InputSources } from './input-sources.ts';

/** What reading inputs needs. */
export interface InputDependencies {
  readonly env: Environment;
  readonly runner: Pick<Runner, 'info' | 'notice' | 'mask' | 'warning'>;
}

/** The settings of the backend block, and the region of the profile that they and the inputs select. */
export interface ActionSettings {
  readonly given: GivenSettings;
  readonly region: string | undefined;
}

/**
 * Reads what every action needs before it can check its inputs. `select`: filters the block's settings before the
 * profile is looked up. Throws when the disk fails.
 */
export async function readActionSettings(
  { env, runner }: InputDependencies,
  job: Job,
  select: (given: GivenSettings) => GivenSettings = (given) => given,
): Promise<ActionSettings> {
  const given = select(await readSettings({ env, runner }, job));
  const { profile, files } = readProfileInputs(env, job, given);
  return { given, region: await profileRegion(env, profile, files) };
}

/** Reads the inputs of an action with its own `read`. Errors: those of `read` (InputError), and those of the disk. */
export async function readActionInputs<Inputs>(
  deps: InputDependencies,
  job: Job,
  read: (sources: InputSources) => Inputs,
): Promise<Inputs> {
  const { given, region } = await readActionSettings(deps, job);
  return read({ env: deps.env, job, profileRegion: region, given });
}

/** The inputs that decide which profile's region applies. They are needed before the others can be checked. */
export function readProfileInputs(env: Environment, job: Job, given: GivenSettings = NOTHING_GIVEN) {
  const reader = createInputReader(env, given);
  return { profile: reader.text('profile'), files: readSharedFiles(reader, job) };
}
