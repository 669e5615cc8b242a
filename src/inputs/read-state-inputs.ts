import type { SessionUse } from '../backend/policy/least-privilege.ts';
import type { SessionPolicyOptions } from '../backend/policy/session-policy.ts';
import type { BackendSettings } from '../backend/settings.ts';
import { createInputReader, type InputReader } from '../runner/inputs.ts';
import { type BackendInputs, readBackendInputs } from './backend-inputs.ts';
import { InputError } from './input-error.ts';
import type { InputSources } from './input-sources.ts';
import { withSessionPolicy } from './session-policy.ts';

/** The inputs that every action on one state has. */
export interface StateInputs {
  readonly backend: BackendSettings;
  readonly warnings: readonly string[];
}

/** What an action reads beside those. */
export interface OwnInputs<Own> {
  /** Undefined: a problem was noted. */
  readonly own: Own | undefined;
  /** What its session may do. */
  readonly use: SessionUse;
  readonly policy?: SessionPolicyOptions;
}

/**
 * Reads the inputs of an action on one state; touches nothing. `readOwn` notes problems with the reader.
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
