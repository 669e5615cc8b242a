import { readSettings } from '../../src/inputs/backend-block/read-settings.ts';
import { type BackendInputs, readBackendInputs } from '../../src/inputs/backend-inputs.ts';
import { InputError } from '../../src/inputs/input-error.ts';
import type { InputSources } from '../../src/inputs/input-sources.ts';
import type { Session } from '../../src/job-state/saved-state.ts';
import {
  createInputReader,
  type Environment,
  type InputProblem,
  inputVariable,
  NOTHING_GIVEN,
} from '../../src/runner/inputs.ts';
import type { Job } from '../../src/runner/job.ts';
import type { Machine } from '../../src/runner/machine.ts';
import type { RunningTerraform } from '../../src/runner/running-terraform.ts';

export const job: Job = {
  serverUrl: 'https://github.com',
  actor: 'alice',
  repository: 'acme/infra',
  commit: '',
  workflow: 'Deploy',
  job: 'apply',
  runnerName: 'runner-1',
  runId: '123',
  runAttempt: '2',
  runUrl: 'https://github.com/acme/infra/actions/runs/123/attempts/2',
  workspace: '/home/runner/work/infra',
  temp: '/tmp/runner',
  actionRepository: '',
  actionRef: '',
};

/** A reader of a job's inputs and of the settings that its files have, and what reading these logged and masked. */
export async function openReader(env: Environment, { workspace }: Pick<Job, 'workspace'> = job) {
  const log: string[] = [];
  const masks: string[] = [];
  const runner = {
    info: (line: string) => log.push(line),
    notice: (line: string) => log.push(line),
    mask: (value: string) => masks.push(value),
  };
  const settings = await readSettings({ env, runner }, { ...job, workspace });
  return { reader: createInputReader(env, settings), settings, log, masks };
}

/** A machine on which no Terraform runs, with these changes. */
export function fakeMachine(change: Partial<Machine> = {}): Machine {
  return {
    host: 'ci-7',
    user: () => 'runner',
    terraforms: async () => [],
    rename: async () => {},
    ...change,
  };
}

/** A Terraform that runs outside every job, with these changes. */
export function runningTerraform(change: Partial<RunningTerraform> = {}): RunningTerraform {
  const { pid = 4711 } = change;
  return {
    pid,
    id: `${pid}-1`,
    startedAt: 0,
    canSignal: true,
    trackingId: undefined,
    directory: undefined,
    dataDirectory: undefined,
    workspace: undefined,
    hasStateOpen: false,
    openStates: [],
    ...change,
  };
}

/** The minimal inputs of a hold. */
export const leastInputs = {
  bucket: 'b',
  key: 'k/app.tfstate',
  region: 'eu-west-1',
  dynamodb_table: 'locks',
};

/** Inputs by their names in action.yml as the runner's `INPUT_*` variables. */
export function inputEnv(inputs: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [inputVariable(name), value]));
}

/** The session of a job that holds a state without a module, with these changes. */
export function makeSession(change: Partial<Session> = {}): Session {
  return {
    backend: readBackend().settings,
    mode: 'hold',
    pull: true,
    push: 'changed',
    publishOutputs: false,
    snapshot: 'auto',
    checkpointMs: 0,
    startedAt: 1,
    privateDirectory: '/tmp/runner/x',
    stateDirectory: '/tmp/state',
    module: undefined,
    workingDirectory: undefined,
    lock: undefined,
    ...change,
  };
}

/** The source of an action's inputs. */
export function inputSources(inputs: Record<string, string>, env: Environment = {}): InputSources {
  return { env: { ...env, ...inputEnv(inputs) }, job, profileRegion: undefined, given: NOTHING_GIVEN };
}

/** The problems that `read` finds in the inputs. */
export function findProblems(read: () => unknown): readonly InputProblem[] {
  try {
    read();
  } catch (error) {
    if (error instanceof InputError) return error.problems;
    throw error;
  }
  return [];
}

/** Reads the backend's inputs: the minimal ones with changes and additions (an empty text removes one). */
export function readBackend(
  inputs: Record<string, string> = {},
  env: Record<string, string> = {},
  profileRegion?: string,
): BackendInputs & { readonly problems: readonly InputProblem[] } {
  const reader = createInputReader({ ...env, ...inputEnv({ ...leastInputs, ...inputs }) });
  return { ...readBackendInputs(reader, job, profileRegion), problems: reader.problems };
}
