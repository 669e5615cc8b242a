import type { Job, RunningStage, StageResult } from '../../__tests__/support/runner.ts';

/** Who changes the state: the real Terraform, or somebody who puts states in place that it wrote once. */
export interface Workload {
  /** Ends the sentence "the job's steps use ...". */
  readonly name: string;
  /** Values of the state that no log may show. */
  readonly secrets: readonly string[];
  /** The state's life before the first job, on a laptop. */
  seed(): Promise<void>;
  /** What `actions/checkout` does. */
  checkOut(job: Job): Promise<void>;
  /** The job's own steps, which change the state. */
  change(job: Job, statePath: string): Promise<StageResult[]>;
  /** A step that has changed something and is far from its end. */
  startLongChange(job: Job, statePath: string): Promise<RunningStage>;
  /** A plan in the folder of the root module, `tfplan`, and what it does as JSON, `plan.json`. */
  plan(job: Job): Promise<StageResult[]>;
  /** Applies a plan that somebody approved. */
  applyPlan(job: Job, planPath: string, statePath: string): Promise<StageResult[]>;
  /** Somebody changes the state meanwhile, without this action. */
  changeOnLaptop(): Promise<void>;
  /** The lines of a step's log that tell what happened. */
  makeExcerpt(log: string): string;
  /** What `terraform plan` says on a laptop; undefined without Terraform. */
  planOnLaptop(): Promise<{ readonly code: number; readonly text: string } | undefined>;
}
