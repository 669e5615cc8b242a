import { profileRegion } from '../aws/regions.ts';
import type { Environment, GivenSettings } from '../runner/inputs.ts';
import type { Job } from '../runner/job.ts';
import type { Runner } from '../runner/runner.ts';
import { readSettings } from './backend-block/read-settings.ts';
import { readProfileInputs } from './hold-inputs.ts';

/** What reading inputs needs of the world. */
export interface InputDependencies {
  readonly env: Environment;
  readonly runner: Pick<Runner, 'info' | 'notice' | 'mask' | 'warning'>;
}

/** The settings of the backend block, and the region of the profile that they and the inputs name. */
export interface ActionSettings {
  readonly given: GivenSettings;
  readonly region: string | undefined;
}

/**
 * Reads what every action looks up before it can judge its inputs. `select`: what becomes of the block's settings before
 * the profile is looked up. Throws when the disk refuses.
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

/**
 * Reads the inputs of an action by its own `read`. Errors: those of `read` (InputError), and those of a disk that refuses.
 */
export async function readActionInputs<Inputs>(
  deps: InputDependencies,
  job: Job,
  read: (env: Environment, job: Job, region: string | undefined, given: GivenSettings) => Inputs,
): Promise<Inputs> {
  const { given, region } = await readActionSettings(deps, job);
  return read(deps.env, job, region, given);
}
