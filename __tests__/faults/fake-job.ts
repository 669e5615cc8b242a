import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSavedState } from '../../src/job-state/saved-state.ts';
import type { Runner } from '../../src/runner/runner.ts';
import { ENV_KEYS } from '../packaged/support.ts';
import { inputEnvironment, readActionMetadata } from '../support/action-metadata.ts';
import {
  createFolders,
  githubContext,
  type JobFolders,
  machineVariables,
  runnerVariables,
} from '../support/runner-environment.ts';
import type { Testbed } from './testbed.ts';

/** The entries of the bundle that cells run. */
export type Entry = 'main' | 'post' | 'unlock' | 'checkpointer';

/** One job of a testbed: what the runner keeps between its steps. */
export interface FaultJob {
  readonly runId: string;
  /** Whether its steps assume a role. */
  readonly hasRole: boolean;
  /** Whether its lock has an item, whose heartbeat a checkpointer renews. */
  readonly hasTable: boolean;
  readonly folders: JobFolders;
  /** What earlier steps saved for post. */
  readonly saved: Record<string, string>;
  /** What the runner sets for a step. Post never gets an input, nor does the checkpointer. */
  environment(entry: Entry, inputs?: Record<string, string>): Record<string, string>;
}

/** The outcome of a step. */
export interface StepEnd {
  readonly isRed: boolean;
  readonly hasWarned: boolean;
  /** Everything that the run's reader sees of it. */
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
}

const ROOT = join(import.meta.dirname, '../..');
const ACTIONS = { main: readActionMetadata(ROOT), unlock: readActionMetadata(join(ROOT, 'unlock')) };
const REPOSITORY = 'octo-org/infrastructure';

/** The name under which GitHub knows a job's run. */
export function findRun({ runId }: Pick<FaultJob, 'runId'>): string {
  return `${REPOSITORY}/runs/${runId}/attempts/1`;
}

let lastRun = 1_658_821_493;

/** A job with its own run. */
export async function createFaultJob(testbed: Testbed): Promise<FaultJob> {
  const folders = await createFolders(REPOSITORY);
  testbed.bench.jobRoots.push(folders.root);
  lastRun += 1;
  const identity = {
    runId: String(lastRun),
    repository: REPOSITORY,
    github: { api_url: testbed.bench.githubProxy.url },
  };
  const context = githubContext(identity, folders);
  const github = Object.entries(context).map(([name, value]) => [`GITHUB_${name.toUpperCase()}`, value]);
  const runner = runnerVariables(identity, folders, false);
  const common = { ...machineVariables(folders), ...ENV_KEYS, ...Object.fromEntries(github), ...runner };
  const saved: Record<string, string> = {};
  return {
    runId: identity.runId,
    hasRole: testbed.settings.role,
    hasTable: testbed.settings.table,
    folders,
    saved,
    environment: (entry, inputs = {}) => ({
      ...common,
      GITHUB_ACTIONS: 'true',
      ...(entry === 'post' || entry === 'checkpointer'
        ? savedVariables(saved)
        : inputVariables(entry, { ...testbed.inputs(), ...inputs })),
    }),
  };
}

function savedVariables(saved: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(saved).map(([name, value]) => [`STATE_${name}`, value]));
}

function inputVariables(entry: 'main' | 'unlock', inputs: Record<string, string>): Record<string, string> {
  const token = { 'github.token': 'ghs_0000000000000000000000000000harness' };
  // A checkpointer is a separate process: a scenario that wants one requests it.
  const given = entry === 'main' ? { checkpoint_interval: '0s', ...inputs } : inputs;
  return inputEnvironment(ACTIONS[entry], given, token).env;
}

/** A runner that records a step's commands. */
export function recordingRunner(saved: Record<string, string>): { runner: Runner; end: () => StepEnd } {
  const lines: string[] = [];
  const outputs: Record<string, string> = {};
  const count = { failed: 0, warned: 0 };
  const say = (text: string): void => void lines.push(text);
  const runner: Runner = {
    info: say,
    debug: () => {},
    notice: say,
    warning: (text) => {
      count.warned += 1;
      say(text);
    },
    group: (_, work) => work(),
    mask: () => {},
    output: (name, value) => void Object.assign(outputs, { [name]: value }),
    saveState: (name, value) => void Object.assign(saved, { [name]: value }),
    exportVariable: () => {},
    summary: async () => {},
    fail: (message) => {
      count.failed += 1;
      say(message);
    },
  };
  const end = () => ({
    isRed: count.failed > 0,
    hasWarned: count.warned > 0,
    log: lines.join('\n'),
    outputs,
  });
  return { runner, end };
}

/** Paths of all files of a job with exactly this text, in its folders and at its Terraform's state path. */
export function listCopies(text: string, job: FaultJob): string[] {
  const stateDirectory = readSavedState(job.environment('post'))?.session.stateDirectory;
  const roots = [job.folders.root, stateDirectory].filter((root) => root !== undefined && existsSync(root));
  const paths = roots.flatMap((root = '') =>
    readdirSync(root, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  return [...new Set(paths)].filter((path) => readFileSync(path, 'utf8') === text);
}
