import type { BackendSettings } from '../../backend/settings.ts';
import { readBackendInputs } from '../../inputs/backend-inputs.ts';
import { InputError } from '../../inputs/hold-inputs.ts';
import { withSessionPolicy } from '../../inputs/session-policy.ts';
import { isFingerprint } from '../../job-state/state-fingerprint.ts';
import {
  createInputReader,
  type Environment,
  type GivenSettings,
  type InputReader,
  NOTHING_GIVEN,
} from '../../runner/inputs.ts';
import type { Job } from '../../runner/job.ts';

/** The inputs of the check action. */
export interface CheckInputs {
  readonly backend: BackendSettings;
  /** What the state was when it was planned on. */
  readonly fingerprint: string;
  readonly warnings: readonly string[];
}

/**
 * Reads the check action's inputs; touches nothing. `profileRegion` and `given` as for the main action.
 * Errors: InputError with every problem.
 */
export function readCheckInputs(
  env: Environment,
  job: Job,
  profileRegion: string | undefined,
  given: GivenSettings = NOTHING_GIVEN,
): CheckInputs {
  const reader = createInputReader(env, given);
  const { settings, ...told } = readBackendInputs(reader, job, profileRegion);
  const warnings = [...told.warnings];
  const fingerprint = readFingerprint(reader);
  const backend = withSessionPolicy(reader, 'check', [settings], warnings);
  if (reader.problems.length > 0 || fingerprint === undefined) throw new InputError(reader.problems);
  return { backend, fingerprint, warnings };
}

/** Empty is no value to compare with, but one that got lost on its way (docs/design.md#gates). */
function readFingerprint(reader: InputReader): string | undefined {
  const value = reader.text('fingerprint');
  if (value !== undefined && isFingerprint(value)) return value;
  const fix =
    value === undefined
      ? 'pass the fingerprint output of the plan job. One that is empty got lost: its job did not set it, or GitHub dropped it since a masked text is in it'
      : 'pass the fingerprint output of the plan job unchanged';
  reader.reject('fingerprint', value, fix);
  return undefined;
}
