import { rm } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import {
  type ActionMetadata,
  conditionHolds,
  inputEnvironment,
  readActionMetadata,
} from './action-metadata.ts';
import { filesBelow } from './runner-checks.ts';
import { createStepLog, type StepLog } from './runner-commands.ts';
import {
  createFolders,
  githubContext,
  type JobFolders,
  machineVariables,
  node24,
  runnerVariables,
} from './runner-environment.ts';
import { startInProcess, stepsRunInProcess } from './runner-in-process.ts';
import { createMasks, type Masks } from './runner-masks.ts';
import { endProcess, processesWith } from './runner-orphans.ts';
import { startProcess } from './runner-process.ts';
import { concludeStage, createStageFiles, type RunningStage, type StageResult } from './runner-stage.ts';
import type { Job, JobOptions, Stage, StageOptions, StepOptions } from './runner-types.ts';
import { removeStateDirectories } from './state-directories.ts';

export { assertNoSecret, assertNoSecretInFiles, assertNoSecretInState, jobOutputs } from './runner-checks.ts';
export type { CancelOptions } from './runner-process.ts';
export type { RunningStage, StageResult } from './runner-stage.ts';
export type { Job, JobOptions, Stage, StageOptions, StepOptions } from './runner-types.ts';

interface JobState {
  readonly options: JobOptions;
  readonly folders: JobFolders;
  readonly masks: Masks;
  readonly context: Record<string, string>;
  readonly runner: Record<string, string>;
  /** Saved state of each action folder. */
  readonly saved: Map<string, Record<string, string>>;
  exportedEnv: Record<string, string>;
  exportedPath: readonly string[];
  status: StageResult['conclusion'];
}

interface Launch {
  readonly start: typeof startProcess;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Record<string, string>;
  readonly log: StepLog;
  readonly isScript: boolean;
  readonly onEnd: (result: StageResult) => void;
}

const DEFAULT_ACTION = join(import.meta.dirname, '../..');

/**
 * Makes a job on an emulated runner (docs/runner.md#processes): fresh folders, an environment with nothing of the
 * developer's but PATH, and the runner's reading of everything a step prints or writes. Call `dispose`.
 */
export async function createJob(options: JobOptions = {}): Promise<Job> {
  const folders = await createFolders(
    options.github?.repository ?? options.repository ?? 'octo-org/infrastructure',
  );
  const context = githubContext(options, folders);
  const runner = runnerVariables(options, folders, options.debug ?? false);
  const masks = createMasks();
  options.secrets?.forEach((secret) => void masks.add(secret));
  const job: JobState = {
    options,
    folders,
    masks,
    context,
    runner,
    saved: new Map(),
    exportedEnv: {},
    exportedPath: [],
    status: 'success',
  };
  const start = (stage: Stage, how: StageOptions = {}) => startStage(job, stage, how);
  const startStep = (command: string, args: readonly string[], how: StepOptions = {}) =>
    startScript(job, command, args, how);
  const trackingId = runner.RUNNER_TRACKING_ID ?? '';
  return {
    folders,
    workspace: folders.workspace,
    temp: folders.temp,
    trackingId,
    status: () => job.status,
    start,
    startStep,
    run: async (...how) => (await start(...how)).done,
    runStep: async (...how) => (await startStep(...how)).done,
    files: () => filesBelow(folders.temp).filter(({ path }) => path !== folders.event),
    orphans: () => processesWith(trackingId),
    dispose: async () => {
      for (const pid of processesWith(trackingId)) endProcess(pid);
      await removeStateDirectories([folders.root]);
      await rm(folders.root, { recursive: true, force: true });
    },
  };
}

async function startStage(job: JobState, stage: Stage, options: StageOptions): Promise<RunningStage> {
  const actionDir = resolve(options.actionDir ?? job.options.actionDir ?? DEFAULT_ACTION);
  const action = readActionMetadata(actionDir);
  const file = action[stage];
  if (file === undefined) throw new Error(`${actionDir}/action.yml declares no ${stage}`);
  if (stage === 'post' && !conditionHolds(action.postIf, job.status)) {
    throw new Error(`post-if: ${action.postIf} is false, the runner would skip post`);
  }
  const log = createStepLog(job.masks, job.options.debug ?? false);
  const inputs = options.omitInputs ? {} : stageInputs(job, stage, action, options, log);
  const saved = job.saved.get(actionDir) ?? {};
  const state = Object.entries(saved).map(([name, value]) => [`STATE_${name}`, value]);
  const env = {
    ...stepEnv(job, options.env),
    ...job.options.actionsEnv,
    ...inputs,
    ...Object.fromEntries(state),
  };
  const isInProcess = options.inProcess ?? stepsRunInProcess();
  return await launch(job, {
    start: isInProcess ? (_, [entry = ''], how) => startInProcess(entry, how) : startProcess,
    command: job.options.machine?.node ?? node24(),
    args: [job.options.machine?.findPath(file) ?? file],
    cwd: job.folders.workspace,
    env,
    log,
    isScript: false,
    onEnd: (result) => job.saved.set(actionDir, { ...saved, ...result.state }),
  });
}

function stageInputs(
  job: JobState,
  stage: Stage,
  action: ActionMetadata,
  options: StageOptions,
  log: StepLog,
): Record<string, string> {
  const context = Object.entries(job.context).map(([name, value]) => [`github.${name}`, value]);
  const inputs = inputEnvironment(action, options.with ?? {}, {
    ...Object.fromEntries(context),
    'github.token': 'ghs_0000000000000000000000000000harness',
    'job.status': job.status,
    'runner.temp': job.folders.temp,
  });
  if (stage === 'post') log.write('Post job cleanup.');
  else for (const warning of inputs.warnings) log.annotate('warning', warning);
  if (stage === 'main' && job.options.showInputs) showInputs(action.name, inputs.env, log);
  return inputs.env;
}

function showInputs(name: string, env: Record<string, string>, log: StepLog): void {
  const given = Object.entries(env).filter(([, value]) => value !== '');
  const lines = given.map(
    ([variable, value]) => `  ${variable.replace('INPUT_', '').toLowerCase()}: ${value}`,
  );
  for (const line of [`::group::Run ${name}`, 'with:', ...lines, '::endgroup::']) log.write(line);
}

async function startScript(
  job: JobState,
  command: string,
  args: readonly string[],
  options: StepOptions,
): Promise<RunningStage> {
  const cwd = resolve(job.folders.workspace, options.cwd ?? '.');
  const log = createStepLog(job.masks, job.options.debug ?? false);
  return await launch(job, {
    start: startProcess,
    command,
    args,
    cwd,
    env: stepEnv(job, options.env),
    log,
    isScript: true,
    onEnd: () => {},
  });
}

/** The environment of any step; GITHUB_* and RUNNER_* come last, for the runner sets them again each time. */
function stepEnv(job: JobState, own: Record<string, string> | undefined): Record<string, string> {
  const machine = machineVariables(job.folders);
  const given: Record<string, string> = {
    ...machine,
    CI: 'true',
    ...job.options.env,
    ...job.exportedEnv,
    ...own,
  };
  const path = [...job.exportedPath, given.PATH].join(delimiter);
  const github = Object.entries(job.context).map(([name, value]) => [`GITHUB_${name.toUpperCase()}`, value]);
  return { ...given, PATH: path, ...Object.fromEntries(github), GITHUB_ACTIONS: 'true', ...job.runner };
}

/** The job's folders as a machine of another kind sees them. */
function environmentOn({ options, folders }: JobState, env: Record<string, string>): Record<string, string> {
  const { machine } = options;
  if (machine === undefined) return env;
  const named = Object.entries(env).map(([name, value]) => [
    name,
    // PATH is for the program that starts the machine.
    name !== 'PATH' && value.startsWith(folders.root) ? machine.findPath(value) : value,
  ]);
  return { ...Object.fromEntries(named), ...machine.env };
}

async function launch(job: JobState, step: Launch): Promise<RunningStage> {
  const { log, isScript } = step;
  const files = await createStageFiles(job.folders.temp);
  const env = environmentOn(job, { ...step.env, ...files });
  const { end, ...process } = step.start(step.command, step.args, {
    cwd: step.cwd,
    env,
    onLine: log.write,
  });
  const windowsLineEnds = job.options.windowsLineEnds ?? false;
  const conclude = async (): Promise<StageResult> => {
    const how = await end;
    const { masks } = job;
    const result = concludeStage({ process, end: how, log, masks, files, isScript, windowsLineEnds });
    job.exportedEnv = { ...job.exportedEnv, ...result.exportedEnv };
    job.exportedPath = [...result.exportedPath, ...job.exportedPath];
    if (job.status === 'success' || result.conclusion === 'cancelled') job.status = result.conclusion;
    step.onEnd(result);
    return result;
  };
  const done = conclude();
  done.catch(() => {});
  return { ...process, done };
}
