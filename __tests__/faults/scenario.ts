import type { FaultJob, StepEnd } from './fake-job.ts';
import type { Step } from './story.ts';
import type { Facts, Testbed, TestbedSettings } from './testbed.ts';

/** The story of a row of the matrix: what leads to the step under test, and its expected outcome. */
export interface Scenario {
  readonly name: string;
  readonly settings: TestbedSettings;
  /**
   * The calls that this story has beyond those of another one, by their names; undefined: all. Such a variant leaves
   * out the faults that are the same to it as others.
   */
  readonly only?: RegExp;
  /** Whether it leaves out those faults although it has all calls: main and post, whose retries it shares, meet them. */
  readonly sharesRetries?: true;
  /** Of the calls with one name, only the first and the last: those between are equivalent. */
  readonly onlyEnds?: true;
  /** Whether a killed checkpointer takes its runner with it; else a post follows. */
  readonly runnerDies?: true;
  /** Everything before the step, without faults. */
  readonly prepare: (testbed: Testbed) => Promise<Prepared>;
}

/** A step that is ready to start. */
export interface Prepared {
  readonly step: Step;
  /** What is wrong after the step; undefined: all is well. */
  readonly missing: (facts: Facts, end: StepEnd) => Promise<string | undefined>;
  /** The step must fail even without a fault. */
  readonly endsRed?: boolean;
  /** Whether the step says that it leaves things unchanged, which is no failure when nothing could be proved. */
  readonly declines?: (end: StepEnd) => boolean;
  /** The state that the job made, which must never be lost. */
  readonly made?: string;
  /** A lock that this step must not touch. */
  readonly foreignLock?: string;
  /** The job whose lock the step frees or takes over. */
  readonly deadJob?: FaultJob;
}

/** With table and role, the usual setup. */
export const USUAL: TestbedSettings = { role: true, table: true, lockFile: false };

/** The runner's own keys, which a call verifies and which can't be renewed. */
export const WITH_KEYS: TestbedSettings = { ...USUAL, role: false };
/** The lock file alone: no table, so no digest either. */
export const FILE_ONLY: TestbedSettings = { role: false, table: false, lockFile: true };
/** Lock file and lock item. */
export const BOTH: TestbedSettings = { ...WITH_KEYS, lockFile: true };
