import type { SessionPolicyOptions } from '../backend/policy/session-policy.ts';
import type { SessionUse } from '../backend/policy/uses.ts';
import type { BackendSettings } from '../backend/settings.ts';
import { createInputReader, type InputReader } from '../runner/inputs.ts';
import { type BackendInputs, readBackendInputs } from './backend-inputs.ts';
import { InputError } from './input-error.ts';
import type { InputSources } from './input-sources.ts';
import { withSessionPolicy } from './session-policy.ts';

/** The inputs of every action on one state. */
export interface StateInputs {
  readonly backend: BackendSettings;
  readonly warnings: readonly string[];
}

/** What an action reads besides those. */
export interface OwnInputs<Own> {
  /** Undefined when a problem was recorded. */
  readonly own: Own | undefined;
  /** The permissions of its session. */
  readonly use: SessionUse;
  readonly policy?: SessionPolicyOptions;
}

/**
 * Reads the inputs of an action on one state and changes nothing. `readOwn` reports problems to the reader.
 *
 * Errors: InputError with every problem.
 */
export function readStateInputs<Own extends object>(
  { env, job, profileRegion, given }: InputSources,
  readOwn: (reader: InputReader, backend: BackendInputs) => OwnInputs<Own>,
): StateInputs & Own {
  const reader = createInputReader(env, given);
  const found = readBackendInputs(reader, job, profileRegion);
  const warnings = [...found.warnings];
  const { own, use, policy } = readOwn(reader, found);
  const backend = withSessionPolicy(reader, use, [found.settings], warnings, policy);
  if (reader.problems.length > 0 || own === undefined) throw new InputError(reader.problems);
  return { ...own, backend, warnings };
}
