import type { Environment, GivenSettings } from '../runner/inputs.ts';
import type { Job } from '../runner/job.ts';

/** The sources of inputs. */
export interface InputSources {
  readonly env: Environment;
  readonly job: Job;
  /** The region of the AWS profile; undefined when it has none. */
  readonly profileRegion: string | undefined;
  /** Replaces inputs that are not given. */
  readonly given: GivenSettings;
}
