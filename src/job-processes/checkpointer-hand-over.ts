import * as v from 'valibot';
import { type SavedState, STATE_KEYS } from '../job-state/saved-state.ts';
import { serializeState } from '../job-state/serialize-state.ts';
import type { Environment } from '../runner/inputs.ts';

/** What is saved for post, and so for the checkpointer, when main is done. */
export type HeldState = Pick<SavedState, 'session' | 'times' | 'pulled'>;

/**
 * What the checkpointer's program itself can't do without. Everything here is visible to the job's later steps, in the checkpointer's
 * `/proc/<pid>/environ` for one, so no name of a secret may ever be in it. RUNNER_TRACKING_ID lets a runner that ends the
 * job without its post step end the checkpointer as one of the job's own processes.
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

// The identity of the job, which its credentials may come from.
const TOKEN_REQUEST = new Set(['ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN']);

// The runner reads these files when main's step ends: whatever came later would be lost.
const COMMAND_FILES = new Set([
  'GITHUB_OUTPUT',
  'GITHUB_STATE',
  'GITHUB_ENV',
  'GITHUB_PATH',
  'GITHUB_STEP_SUMMARY',
]);

/** The environment that the checkpointer is started with. Pure. */
export function checkpointerEnvironment(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => VISIBLE.has(name.toUpperCase())));
}

/**
 * What the checkpointer gets over the pipe, as JSON: main's variables, where its credentials are and whatever a
 * `credential_process` goes by, and what is saved for post in the way post gets it. The rights that the runner gives to an
 * action over caches and artifacts are not among them. Pure.
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

/** The variables of a hand-over. None where main was killed before it wrote any: then there is nothing to checkpointer. */
export function readHandOver(text: string): Record<string, string> {
  return text === '' ? {} : v.parse(Variables, JSON.parse(text));
}
