/** A Terraform or OpenTofu process on this machine. */
export interface RunningTerraform {
  readonly pid: number;
  /** Identifies this process even if its number is reused. */
  readonly id: string;
  /** In ms since the epoch, by this machine's clock. */
  readonly startedAt: number;
  /** Whether we can send it signals. */
  readonly canSignal: boolean;
  /** The runner's id of its job; undefined outside of any job, and when it can't be seen. */
  readonly trackingId: string | undefined;
  /** Its working directory, also if it is about to change to the folder of its `-chdir`; undefined when it can't be seen. */
  readonly directory: string | undefined;
  /** Its TF_DATA_DIR. */
  readonly dataDirectory: string | undefined;
  /** Its TF_WORKSPACE. */
  readonly workspace: string | undefined;
  /** Whether it has the given state file open. */
  readonly hasStateOpen: boolean;
  /** The paths of all state files that it has open, as far as they can be seen. */
  readonly openStates: readonly string[];
}
