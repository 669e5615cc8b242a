import { resolve } from 'node:path';
import type { SessionUse, Use } from '../backend/policy/uses.ts';
import type { BackendSettings } from '../backend/settings.ts';
import type { GuardedStates, LockMode, Session } from '../job-state/saved-state.ts';
import { createInputReader, type InputProblem, type InputReader } from '../runner/inputs.ts';
import { readBackendInputs } from './backend-inputs.ts';
import { type GateInputs, readGates } from './gate-inputs.ts';
import type { InputSources } from './input-sources.ts';
import { type LockModeInputs, readLockMode } from './lock-mode-inputs.ts';
import { choosePlanAccess, type PlanInputs, readPlanInputs } from './plan-inputs.ts';
import { withSessionPolicy } from './session-policy.ts';
import { readStaleProofInputs, type StaleProofInputs } from './stale-inputs.ts';
import { readKeyList } from './state-list-inputs.ts';
import { readWaitComment, type WaitCommentInputs } from './wait-inputs.ts';

/** What happens to a lock that is proved stale. */
export interface StaleInputs extends StaleProofInputs {
  readonly action: 'report' | 'break';
}

const CHECKPOINT_MS = 20_000;

/** What each lock mode does with the state. */
const USE_OF = { hold: 'hold', guard: 'unlock', none: 'outputs' } as const;

/** The permissions that main needs; for a job that takes only the lock, those for that. Pure. */
export function chooseUse(mode: LockMode, pull: boolean): Use {
  return mode === 'hold' && !pull ? 'unlock' : USE_OF[mode];
}

/**
 * What the session is limited to. A job that takes over a lock without a pull still reads the state, because the former
 * holder may have died between the state and its digest.
 */
function sessionUse(
  { lockMode, pull }: LockModeInputs,
  stale: StaleInputs,
  publishOutputs: boolean,
  push: HoldInputs['push'],
): SessionUse {
  if (publishOutputs) return 'publish';
  if (lockMode === 'guard') return 'free';
  if (lockMode === 'hold' && pull && push === 'never') return 'pull';
  if (lockMode !== 'hold' || pull) return chooseUse(lockMode, pull);
  return stale.action === 'break' ? 'hold' : 'lock';
}

/** The inputs of the main action. */
export interface HoldInputs extends LockModeInputs, GateInputs, PlanInputs {
  readonly backend: BackendSettings;
  readonly skipCredentialsValidation: boolean;
  readonly lockTimeoutMs: number;
  /** 0: no checkpointer. */
  readonly checkpointMs: number;
  readonly stale: StaleInputs;
  /** Undefined when no pull request is told about a wait. */
  readonly waitComment: WaitCommentInputs | undefined;
  readonly push: 'changed' | 'never';
  /** Whether post writes the outputs that are not sensitive beside the state. */
  readonly publishOutputs: boolean;
  /** When the state before the job's first push is kept. */
  readonly snapshot: Session['snapshot'];
  /** Several states, with `lock: guard`; undefined for that of `backend`. */
  readonly guardedStates: GuardedStates | undefined;
  /** An absolute path; undefined when no override file is written. */
  readonly workingDirectory: string | undefined;
  readonly warnings: readonly string[];
}

/**
 * Reads the main action's inputs and changes nothing. Returns the problems: the caller adds those that only the disk
 * can show, and then throws all of them.
 */
export function readHoldInputs(sources: InputSources): {
  inputs: HoldInputs;
  problems: readonly InputProblem[];
} {
  const { env, job, profileRegion, given } = sources;
  const reader = createInputReader(env, given);
  const list = readGuardedList(reader, sources);
  const backend = list ?? readBackendInputs(reader, job, profileRegion);
  const { settings, skipCredentialsValidation } = backend;
  const warnings = [...backend.warnings];
  const directory = reader.text('working_directory');
  const mode = readLockMode(reader, settings, warnings);
  const checkpointMs = readCheckpointInterval(reader);
  const stale = readStaleInputs(reader);
  const push = reader.choice('push', ['changed', 'never']) ?? 'changed';
  const publishOutputs = readPublishOutputs(reader, mode, push);
  const snapshot = readSnapshot(reader, mode, push);
  const plans = readPlanInputs(reader, job, mode, push, settings);
  const gates = readGates(reader, job, mode, plans);
  const keepsSnapshots = snapshot !== 'never' && pushesState(mode, push);
  const waitComment = readWaitComment(reader, mode, warnings);
  const lockTimeoutMs = reader.duration('lock_timeout') ?? 0;
  const inputs: HoldInputs = {
    backend: withSessionPolicy(
      reader,
      sessionUse(mode, stale, publishOutputs, push),
      [settings, ...(list?.others ?? [])],
      warnings,
      {
        plans: choosePlanAccess(plans),
        keepsSnapshots,
        rescues: rescuesUnlocked(mode, push, plans),
        queues: lockTimeoutMs > 0,
        ...list?.policy,
      },
    ),
    guardedStates: list?.states,
    skipCredentialsValidation,
    ...mode,
    lockTimeoutMs,
    checkpointMs: mode.lockMode === 'hold' ? checkpointMs : 0,
    stale,
    waitComment,
    push,
    publishOutputs,
    snapshot,
    // If the job gets no state, the folder is only read, for its backend block.
    workingDirectory: directory && mode.pull ? resolve(job.workspace, directory) : undefined,
    ...gates,
    ...plans,
    warnings,
  };
  return { inputs, problems: [...(list?.problems ?? []), ...reader.problems] };
}

/** The bytes of all keys: main passes them to post in one environment variable, for which Linux allows 128 KiB. */
const MOST_KEYS = 64 * 1024;

/** The states named in `keys`; undefined without it. */
function readGuardedList(reader: InputReader, sources: InputSources) {
  const keys = reader.text('keys');
  if (keys === undefined) return undefined;
  const shown = keys.split('\n')[0];
  if (reader.text('lock') !== 'guard') {
    reader.reject('keys', shown, 'only lock: guard takes several states: set it, or name one state with key');
  }
  if (Buffer.byteLength(keys) > MOST_KEYS) {
    reader.reject(
      'keys',
      `${shown} ...`,
      'there are too many: name their common prefix, with "/" at the end',
    );
  }
  const list = readKeyList(reader, 'keys', sources);
  const { first: settings, addresses, prefixes } = list;
  return {
    ...list,
    settings,
    others: addresses.map((address): BackendSettings => ({ ...settings, address })),
    // Without prefixes, nothing is searched.
    policy: { prefixes, scansTable: prefixes.length > 0 },
    states: { objectKeys: addresses.map(({ objectKey }) => objectKey), prefixes },
  };
}

/** Only a job that holds the state and may change it knows what S3 contains when the job ends. */
function readPublishOutputs(reader: InputReader, mode: LockModeInputs, push: HoldInputs['push']): boolean {
  const isAsked = reader.boolean('publish_outputs') ?? false;
  if (isAsked && !pushesState(mode, push)) {
    const fix =
      'the job must hold the state to publish its outputs: remove lock, pull: false and push: never, or remove this';
    reader.reject('publish_outputs', 'true', fix);
  }
  return isAsked;
}

/**
 * Whether a job that doesn't hold the state keeps one that its Terraform changed all the same. A job that plans gets no
 * right to: untrusted code may run in it, and its role is made for plans.
 */
function rescuesUnlocked(
  { lockMode }: LockModeInputs,
  push: HoldInputs['push'],
  { planToStore }: PlanInputs,
): boolean {
  return lockMode === 'none' && push === 'changed' && planToStore === undefined;
}

/** Whether this job's steps push a state. Terraform that works directly on S3 does not count. */
function pushesState({ lockMode, pull }: LockModeInputs, push: HoldInputs['push']): boolean {
  return lockMode === 'hold' && pull && push === 'changed';
}

function readSnapshot(
  reader: InputReader,
  mode: LockModeInputs,
  push: HoldInputs['push'],
): HoldInputs['snapshot'] {
  const snapshot = reader.choice('snapshot', ['auto', 'always', 'never']) ?? 'auto';
  if (snapshot === 'always' && !pushesState(mode, push)) {
    const fix =
      'the action keeps a snapshot before its own push, but this job makes no push: remove lock, pull: false and push: never, or remove this';
    reader.reject('snapshot', 'always', fix);
  }
  return snapshot;
}

/** At most once per second, because each checkpoint is a version of the object. `0s` means none. */
function readCheckpointInterval(reader: InputReader): number {
  const interval = reader.duration('checkpoint_interval') ?? CHECKPOINT_MS;
  if (interval > 0 && interval < 1000) {
    reader.reject(
      'checkpoint_interval',
      reader.text('checkpoint_interval'),
      'use 0s to turn it off, or 1s or more',
    );
  }
  return interval;
}

function readStaleInputs(reader: InputReader): StaleInputs {
  const action = reader.choice('stale_lock', ['report', 'break']) ?? 'report';
  const proof = readStaleProofInputs(reader);
  if (action === 'break' && proof.github.token === undefined) {
    reader.reject(
      'github_token',
      undefined,
      'stale_lock: break looks up the run of the holder: give a token with actions: read',
    );
  }
  return { action, ...proof };
}
