import type { Environment, GivenSettings } from '../runner/inputs.ts';
import type { Job } from '../runner/job.ts';

/** What inputs are read from. */
export interface InputSources {
  readonly env: Environment;
  readonly job: Job;
  /** The region of the AWS profile; undefined: it has none. */
  readonly profileRegion: string | undefined;
  /** Stands in for inputs that are not given. */
  readonly given: GivenSettings;
}
