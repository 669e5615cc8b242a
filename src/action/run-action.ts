import { maskGivenKeys } from '../inputs/mask-given-keys.ts';
import { writeSummary } from '../messages/write-summary.ts';
import type { Environment } from '../runner/inputs.ts';
import { type Job, readJob } from '../runner/job.ts';
import type { Runner } from '../runner/runner.ts';
import type { Clock } from '../time/clock.ts';

/** Of the `result` output of every action. It changes when a member is removed or changes its meaning. */
const SCHEMA_VERSION = 1;

/** Everything through which an action reaches the outside world. */
export interface ActionDependencies {
  readonly env: Environment;
  readonly runner: Pick<Runner, 'mask' | 'output' | 'summary' | 'warning'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** The result of an action, in everything that it leaves behind. */
export interface ActionReport {
  /** `reason_code`, for workflows to branch on. */
  readonly code: string;
  /** What `result` contains besides it. */
  readonly details: Readonly<Record<string, unknown>>;
  /** The outputs that are known only at the end, besides `reason_code` and `result`. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Renders the block of Markdown for the job's page; undefined when there is none. */
  readonly summary: (() => string) | undefined;
  /** Why the step fails although the action completed. */
  readonly problem: Error | undefined;
}

/** What workflows read about an action that failed. */
export type ActionFailure = Pick<ActionReport, 'code' | 'details'>;

/** One action: its inputs, its work, and how its result is reported. */
export interface Action<Deps extends ActionDependencies, Inputs, End> {
  /** The secret inputs, besides the keys that every action may have. */
  readonly secretInputs: readonly string[];
  /** Errors: InputError, before anything is changed; and errors of the disk. */
  readonly readInputs: (deps: Deps, job: Job) => Promise<Inputs>;
  /** Its errors are rethrown, for the entry to explain. */
  readonly work: (deps: Deps, inputs: Inputs, job: Job) => Promise<End>;
  /** Pure. */
  readonly describeEnd: (end: End) => ActionReport;
  /** Pure. */
  readonly describeFailure: (error: unknown) => ActionFailure;
}

/**
 * Runs an action: masks its secrets, reads its inputs, does its work, and sets `reason_code` and `result` however it
 * ends. Errors are thrown, for the entry to explain.
 */
export async function runAction<
  Deps extends ActionDependencies,
  Inputs extends { readonly warnings: readonly string[] },
  End,
>(deps: Deps, action: Action<Deps, Inputs, End>): Promise<void> {
  const { runner } = deps;
  maskGivenKeys(deps.env, runner, ...action.secretInputs);
  const report = await perform(deps, action).catch((error: unknown) => {
    setResult(runner, false, action.describeFailure(error));
    throw error;
  });
  if (report.problem !== undefined) throw report.problem;
}

async function perform<
  Deps extends ActionDependencies,
  Inputs extends { readonly warnings: readonly string[] },
  End,
>(deps: Deps, action: Action<Deps, Inputs, End>): Promise<ActionReport> {
  const { runner } = deps;
  const job = readJob(deps.env);
  const inputs = await action.readInputs(deps, job);
  for (const warning of inputs.warnings) runner.warning(warning);
  const report = action.describeEnd(await action.work(deps, inputs, job));
  if (report.summary !== undefined) await writeSummary(deps, report.summary);
  for (const [name, value] of Object.entries(report.outputs)) runner.output(name, value);
  setResult(runner, report.problem === undefined, report);
  return report;
}

function setResult(runner: Pick<Runner, 'output'>, ok: boolean, { code, details }: ActionFailure): void {
  runner.output('reason_code', code);
  runner.output(
    'result',
    JSON.stringify({ schema_version: SCHEMA_VERSION, ok, reason_code: code, ...details }),
  );
}
