/** A Terraform or OpenTofu that runs on this machine. */
export interface RunningTerraform {
  readonly pid: number;
  /** Names this very process, also when its number is used again. */
  readonly id: string;
  /** In ms since the epoch, by this machine's clock. */
  readonly startedAt: number;
  /** Whether our signals reach it. */
  readonly canSignal: boolean;
  /** The runner's id of the job that it is part of; undefined outside of any, and where that is not to be seen. */
  readonly trackingId: string | undefined;
  /** Where it works; undefined when that is not to be seen. */
  readonly directory: string | undefined;
  /** Its TF_DATA_DIR. */
  readonly dataDirectory: string | undefined;
  /** Whether it has the state file open that was asked about. */
  readonly hasStateOpen: boolean;
  /** Paths of all state files that it has open, as far as they can be seen. */
  readonly openStates: readonly string[];
}
