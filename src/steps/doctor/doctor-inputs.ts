import type { Use } from '../../backend/policy/least-privilege.ts';
import type { BackendSettings } from '../../backend/settings.ts';
import { readBackendInputs } from '../../inputs/backend-inputs.ts';
import { InputError } from '../../inputs/hold-inputs.ts';
import { withSessionPolicy } from '../../inputs/session-policy.ts';
import {
  createInputReader,
  type Environment,
  type GivenSettings,
  NOTHING_GIVEN,
} from '../../runner/inputs.ts';
import type { Job } from '../../runner/job.ts';

/** The inputs of the doctor action. */
export interface DoctorInputs {
  readonly backend: BackendSettings;
  /** What the jobs do whose health is asked for. */
  readonly use: Use;
  readonly skipCredentialsValidation: boolean;
  readonly warnings: readonly string[];
}

/**
 * Reads the doctor action's inputs; touches nothing. `profileRegion` and `given` as for the main action.
 * Errors: InputError with every problem.
 */
export function readDoctorInputs(
  env: Environment,
  job: Job,
  profileRegion: string | undefined,
  given: GivenSettings = NOTHING_GIVEN,
): DoctorInputs {
  const reader = createInputReader(env, given);
  const { settings, skipCredentialsValidation, ...read } = readBackendInputs(reader, job, profileRegion);
  const warnings = [...read.warnings];
  const use = reader.choice('use', ['hold', 'outputs', 'unlock']) ?? 'hold';
  if (use === 'unlock' && settings.table === undefined && !settings.useLockfile) {
    reader.reject(
      'dynamodb_table',
      undefined,
      'name the table that the lock is in, or set use_lockfile: true; without either there is no lock to free',
    );
  }
  const backend = withSessionPolicy(reader, use, [settings], warnings, { inspects: true });
  if (reader.problems.length > 0) throw new InputError(reader.problems);
  return { backend, use, skipCredentialsValidation, warnings };
}
