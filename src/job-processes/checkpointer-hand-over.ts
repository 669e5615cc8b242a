import * as v from 'valibot';
import { type SavedState, STATE_KEYS } from '../job-state/saved-state.ts';
import { serializeState } from '../job-state/serialize-state.ts';
import type { Environment } from '../runner/inputs.ts';
import { SMALL_HEAP_VARIABLES } from '../runner/memory.ts';

/** What is saved for post, and thus for the checkpointer, when main is done. */
export type HeldState = Pick<SavedState, 'session' | 'times' | 'pulled'>;

/**
 * The variables that the checkpointer's program itself needs. The job's later steps can see them all, for example in
 * the checkpointer's `/proc/<pid>/environ`, so no secret's name may ever be here. With RUNNER_TRACKING_ID, a runner
 * that ends the job without its post step also ends the checkpointer, as one of the job's own processes.
 */
const VISIBLE = new Set([
  'RUNNER_TRACKING_ID',
  'PATH',
  'HOME',
  'USERPROFILE',
  'SYSTEMROOT',
  'WINDIR',
  'TEMP',
  'TMP',
  'TMPDIR',
  'LANG',
  'LC_ALL',
  'TZ',
  'LD_LIBRARY_PATH',
  'NODE_COMPILE_CACHE',
  'NODE_EXTRA_CA_CERTS',
  'NODE_OPTIONS',
  'NODE_USE_SYSTEM_CA',
  'OPENSSL_CONF',
  'SSL_CERT_DIR',
  'SSL_CERT_FILE',
]);

// The job's identity, which may be the source of its credentials.
const TOKEN_REQUEST = new Set(['ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN']);

// The runner reads these files when main's step ends. Anything written later would be lost.
const COMMAND_FILES = new Set([
  'GITHUB_OUTPUT',
  'GITHUB_STATE',
  'GITHUB_ENV',
  'GITHUB_PATH',
  'GITHUB_STEP_SUMMARY',
]);

/** The environment in which the checkpointer starts. Pure. */
export function checkpointerEnvironment(env: Environment): Environment {
  const visible = Object.entries(env).filter(([name]) => VISIBLE.has(name.toUpperCase()));
  return Object.fromEntries([...visible, ...Object.entries(SMALL_HEAP_VARIABLES)]);
}

/**
 * What the checkpointer gets through the pipe, as JSON: main's variables, with its credentials and anything that a
 * `credential_process` needs, and what post gets as saved state. It does not get the tokens for caches and artifacts
 * that the runner gives to an action. Pure.
 */
export function checkpointerHandOver(env: Environment, { session, times, pulled }: HeldState): string {
  const saved = new Map<string, string>([
    [STATE_KEYS.session, serializeState(session)],
    [STATE_KEYS.lock, session.lock === undefined ? 'none' : 'held'],
  ]);
  if (times !== undefined) saved.set(STATE_KEYS.times, serializeState(times));
  if (pulled !== undefined) saved.set(STATE_KEYS.pulled, serializeState(pulled));
  const variables = Object.entries(env).filter(([name]) => isHandedOver(name));
  for (const [key, value] of saved) variables.push([`STATE_${key}`, value]);
  return JSON.stringify(Object.fromEntries(variables));
}

function isHandedOver(name: string): boolean {
  if (name.toUpperCase().startsWith('ACTIONS_')) return TOKEN_REQUEST.has(name);
  return !/^(?:INPUT|STATE)_/i.test(name) && !COMMAND_FILES.has(name);
}

const Variables = v.record(v.string(), v.string());

/**
 * The variables of a hand-over. There are none if main was killed before it wrote any. Then there is nothing to
 * checkpoint.
 */
export function readHandOver(text: string): Record<string, string> {
  return text === '' ? {} : v.parse(Variables, JSON.parse(text));
}
