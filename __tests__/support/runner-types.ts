import type { FoundFile } from './runner-checks.ts';
import type { JobFolders, JobIdentity } from './runner-environment.ts';
import type { RunningStage, StageResult } from './runner-stage.ts';

/** The configuration of a job on the emulated runner. */
export interface JobOptions extends JobIdentity {
  /** Folder of the action under test; the repository's root when left out. */
  readonly actionDir?: string;
  /** The job's `env:`; also the only way in for AWS_* variables. */
  readonly env?: Record<string, string>;
  /** ACTIONS_*, which actions get and `run:` steps do not. */
  readonly actionsEnv?: Record<string, string>;
  /** What GitHub masks from the start: the values of `secrets` that the workflow uses. */
  readonly secrets?: readonly string[];
  /** Step debug logging: RUNNER_DEBUG=1, and `::debug::` lines are shown. */
  readonly debug?: boolean;
  /** Reads command files as if their lines ended in CRLF, by the rules of a Windows runner. */
  readonly windowsLineEnds?: boolean;
  /** The machine that the action runs on, if it isn't that of the tests. */
  readonly machine?: Machine | undefined;
  /** Prints `with:` at the head of main's log, masked, as the runner does. */
  readonly showInputs?: boolean;
}

/** A machine of another kind, which sees the same files at other paths. */
export interface Machine {
  /** The program that runs JavaScript there. */
  readonly node: string;
  /** Its path for one of our files. */
  readonly findPath: (path: string) => string;
  /** Its environment variables beyond a runner's. */
  readonly env: Record<string, string>;
}

/** How one stage of an action is started. */
export interface StageOptions {
  readonly with?: Record<string, string>;
  /** The step's `env:`. */
  readonly env?: Record<string, string>;
  /** Removes every INPUT_*, to prove that a stage needs none. */
  readonly omitInputs?: boolean;
  /** Runs this stage alone as `runStepsInProcess` runs all of them. */
  readonly inProcess?: boolean;
  /** Another action of the same job, with its own saved state; the job's action when left out. */
  readonly actionDir?: string;
}

/** How a `run:` step is started. */
export interface StepOptions {
  /** The workspace when left out; a relative one is below it. */
  readonly cwd?: string;
  readonly env?: Record<string, string>;
}

export type Stage = 'main' | 'post';

/** One job on an emulated runner. */
export interface Job {
  readonly folders: JobFolders;
  readonly workspace: string;
  /** RUNNER_TEMP. */
  readonly temp: string;
  readonly trackingId: string;
  /** What `success()`, `failure()` and `cancelled()` see. */
  status(): StageResult['conclusion'];
  /** Starts a stage of an action. Post gets what main saved, whether or not main ever ran to its end. */
  start(stage: Stage, options?: StageOptions): Promise<RunningStage>;
  /** `start` and wait. */
  run(stage: Stage, options?: StageOptions): Promise<StageResult>;
  /** Starts a `run:` step: the job's environment, no INPUT_*, no ACTIONS_*. */
  startStep(command: string, args: readonly string[], options?: StepOptions): Promise<RunningStage>;
  runStep(command: string, args: readonly string[], options?: StepOptions): Promise<StageResult>;
  /** Every file in RUNNER_TEMP, the event file aside. */
  files(): FoundFile[];
  /** Ids of living processes that carry the job's tracking id (Linux; none elsewhere). */
  orphans(): number[];
  /** The job's end: kills orphans and removes all folders. */
  dispose(): Promise<void>;
}
