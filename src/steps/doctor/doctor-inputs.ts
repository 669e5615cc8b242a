import type { Use } from '../../backend/policy/uses.ts';
import type { InputSources } from '../../inputs/input-sources.ts';
import { rejectWithoutLock } from '../../inputs/lock-mode-inputs.ts';
import { readStateInputs, type StateInputs } from '../../inputs/read-state-inputs.ts';

/** The inputs of the doctor action. */
export interface DoctorInputs extends StateInputs {
  /** What the jobs to check for do. */
  readonly use: Use;
  readonly skipCredentialsValidation: boolean;
}

/** Reads the doctor action's inputs and changes nothing. Errors: InputError with every problem. */
export function readDoctorInputs(sources: InputSources): DoctorInputs {
  return readStateInputs(sources, (reader, { settings, skipCredentialsValidation }) => {
    const use = reader.choice('use', ['hold', 'outputs', 'unlock']) ?? 'hold';
    if (use === 'unlock') rejectWithoutLock(reader, settings, 'there is no lock to free');
    return { own: { use, skipCredentialsValidation }, use, policy: { inspects: true } };
  });
}
