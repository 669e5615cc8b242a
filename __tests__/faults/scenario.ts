import type { FaultJob, StepEnd } from './fake-job.ts';
import type { Step } from './story.ts';
import type { Facts, Testbed, TestbedSettings } from './testbed.ts';

/** The story of a row of the matrix: the way to the step under test, and what that step is to come to. */
export interface Scenario {
  readonly name: string;
  readonly settings: TestbedSettings;
  /**
   * The calls that this story has beyond those of another one, by their names; undefined: all. Such a variant leaves
   * out the lasting faults that are the same to it as others.
   */
  readonly only?: RegExp;
  /** Of the calls of one name only the first and the last: those between are one and the same try. */
  readonly onlyEnds?: true;
  /** A checkpointer that is killed takes its runner with it; else a post comes after it. */
  readonly runnerDies?: true;
  /** Everything before the step, without faults. */
  readonly prepare: (testbed: Testbed) => Promise<Prepared>;
}

/** A step that can begin. */
export interface Prepared {
  readonly step: Step;
  /** What is still not as it should be after the step; undefined: all is well. */
  readonly missing: (facts: Facts, end: StepEnd) => Promise<string | undefined>;
  /** Even without any fault the step is to fail. */
  readonly endsRed?: boolean;
  /** Whether the step says that it leaves things as they are, which is no failure where nothing could be proved. */
  readonly declines?: (end: StepEnd) => boolean;
  /** The state that the job made, which nothing may lose. */
  readonly made?: string;
  /** A lock that is not this step's to touch. */
  readonly foreignLock?: string;
  /** The job whose lock the step is to free or to take over. */
  readonly deadJob?: FaultJob;
}

/** With table and role, as most people have it. */
export const USUAL: TestbedSettings = { role: true, table: true, lockFile: false };

/** The runner's own keys, which are proved by a call and can't be renewed. */
export const WITH_KEYS: TestbedSettings = { ...USUAL, role: false };
/** The lock file alone: no table, so no digest either. */
export const FILE_ONLY: TestbedSettings = { role: false, table: false, lockFile: true };
/** Lock file and lock item. */
export const BOTH: TestbedSettings = { ...WITH_KEYS, lockFile: true };
