import type { BackendSettings } from '../../backend/settings.ts';
import { InputError } from '../../inputs/input-error.ts';
import type { InputSources } from '../../inputs/input-sources.ts';
import { readKeyPrefixInputs } from '../../inputs/key-prefix-inputs.ts';
import { withSessionPolicy } from '../../inputs/session-policy.ts';
import { readStaleProofInputs, type StaleProofInputs } from '../../inputs/stale-inputs.ts';
import { createInputReader, type InputReader } from '../../runner/inputs.ts';

/** The inputs of the locks action. */
export interface LocksInputs {
  /** Its own address is no state's. */
  readonly backend: BackendSettings;
  /** The prefix of the states' keys; empty for the whole bucket. */
  readonly prefix: string;
  readonly free: 'none' | 'stale';
  readonly publish: 'none' | 'issue';
  readonly proof: StaleProofInputs;
  readonly warnings: readonly string[];
}

const FIX_FOR_KEY =
  'this action checks all states: give key_prefix, or use unlock/ for the lock of one state';

/** Reads the locks action's inputs and changes nothing. Errors: InputError with every problem. */
export function readLocksInputs(sources: InputSources): LocksInputs {
  const { env, job, given } = sources;
  const reader = createInputReader(env, given);
  const read = readKeyPrefixInputs(reader, sources, FIX_FOR_KEY);
  const free = reader.choice('free', ['none', 'stale']) ?? 'none';
  const publish = reader.choice('publish', ['none', 'issue']) ?? 'none';
  const proof = readStaleProofInputs(reader);
  rejectNoToken(reader, proof, free, publish);
  if (publish === 'issue' && !job.repository.includes('/')) {
    reader.reject('publish', 'issue', 'it works only in a job of GitHub Actions');
  }
  const warnings = [...read.warnings];
  const use = free === 'stale' ? 'locks_free' : 'locks';
  const { prefix } = read;
  const backend = withSessionPolicy(reader, use, [read.settings], warnings, { keyPrefix: prefix });
  const problems = [...read.problems, ...reader.problems];
  if (problems.length > 0) throw new InputError(problems);
  return { backend, prefix, free, publish, proof, warnings };
}

function rejectNoToken(
  reader: InputReader,
  { github }: StaleProofInputs,
  free: LocksInputs['free'],
  publish: LocksInputs['publish'],
): void {
  if (github.token !== undefined) return;
  if (free === 'stale') {
    const fix = 'free: stale looks up the runs of holders: give a token with actions: read';
    reader.reject('github_token', undefined, fix);
  } else if (publish === 'issue') {
    reader.reject('github_token', undefined, 'publish: issue needs a token with issues: write');
  }
}
