import { resolve } from 'node:path';
import type { BackendSettings } from '../../backend/settings.ts';
import { createInputReader, type Environment, type InputProblem } from '../../runner/inputs.ts';
import type { Job } from '../../runner/job.ts';
import { isFingerprint } from '../state-fingerprint.ts';
import { readBackendInputs } from './backend-inputs.ts';

/** The inputs of the main action. */
export interface HoldInputs {
  readonly backend: BackendSettings;
  readonly skipCredentialsValidation: boolean;
  readonly lockTimeoutMs: number;
  readonly push: 'changed' | 'never';
  /** Absolute path; undefined: no override file is written. */
  readonly workingDirectory: string | undefined;
  readonly expectFingerprint: string | undefined;
  readonly warnings: readonly string[];
}

/** Everything wrong with the inputs, in one error (design 2). */
export class InputError extends Error {
  readonly problems: readonly InputProblem[];

  constructor(problems: readonly InputProblem[]) {
    super(problems.map(({ input }) => input).join(', '));
    this.name = 'InputError';
    this.problems = problems;
  }
}

/**
 * Reads the main action's inputs; touches nothing. `profileRegion` is the region of the AWS profile, if it has one.
 * Returns the problems too: the caller adds those that only the disk can show before it throws them all.
 */
export function readHoldInputs(
  env: Environment,
  job: Job,
  profileRegion: string | undefined,
): { inputs: HoldInputs; problems: readonly InputProblem[] } {
  const reader = createInputReader(env);
  const { settings, skipCredentialsValidation, warnings } = readBackendInputs(reader, job, profileRegion);
  const directory = reader.text('working_directory');
  const expectFingerprint = reader.text('expect_fingerprint');
  if (expectFingerprint !== undefined && !isFingerprint(expectFingerprint)) {
    reader.reject(
      'expect_fingerprint',
      expectFingerprint,
      'pass the fingerprint output of the plan job unchanged',
    );
  }
  const inputs: HoldInputs = {
    backend: settings,
    skipCredentialsValidation,
    lockTimeoutMs: reader.duration('lock_timeout') ?? 0,
    push: reader.choice('push', ['changed', 'never']) ?? 'changed',
    workingDirectory: directory === undefined ? undefined : resolve(job.workspace, directory),
    expectFingerprint,
    warnings,
  };
  return { inputs, problems: reader.problems };
}

/** The inputs that say which profile's region counts; they are needed before all others can be judged. */
export function readProfileInputs(env: Environment) {
  const reader = createInputReader(env);
  return { profile: reader.text('profile'), credentialsFile: reader.text('shared_credentials_file') };
}
