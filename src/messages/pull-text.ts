/** What the log says of a pulled state. */
export interface PulledState {
  readonly serial: bigint;
  readonly size: number;
  readonly md5: string;
}

/** The log's line after a pull; `url` names the state object. */
export function pulledLine(url: string, { serial, size, md5 }: PulledState): string {
  return `Pulled ${url}: serial ${serial}, ${size} bytes, MD5 ${md5}.`;
}

/** The same where there is no state. */
export function noStateLine(url: string): string {
  return `There is no state at ${url} yet.`;
}

/** The log's line once the job's Terraform finds the pulled state. */
export function handedOverLine(workingDirectory: string, workspace: string): string {
  return `Terraform in ${workingDirectory} uses the pulled state, in workspace ${workspace}, until this job ends.`;
}

/** The log's line where the job holds the lock alone. */
export const LOCK_HANDED_OVER =
  'Nothing is pulled: Terraform in this job works on S3 itself, with -lock=false.';

/** The notice where arguments of `terraform init` don't fit the backend of the pulled state. */
export function initArgumentsText(removed: readonly string[]): string {
  return `-backend-config is taken out of TF_CLI_ARGS_init for this job (${removed.join(', ')}): Terraform works on the pulled state, whose backend takes none. Remove it from the command line of terraform init, too.`;
}

/** The notice where a job without a lock has a directory of its own. */
export function ownDirectoryText(directory: string): string {
  return `Another job of this machine works on this state, so this one has it in ${directory}. A plan that is saved here can't be applied in another job.`;
}

/** A state that a killed job left on this machine. */
export interface LeftState {
  /** The page of its run; empty: nobody knows. */
  readonly run: string;
  /** The state object that the job held. */
  readonly url: string;
  readonly rescueUrl: string;
}

/** The warning where it was kept. */
export function leftStateKeptText({ run, url, rescueUrl }: LeftState): string {
  const who = run === '' ? 'A job' : `The job of ${run}`;
  return `${who} was killed on this machine, or lost its lock, while it held ${url}, and had written a state that is not in S3. It is now at ${rescueUrl}: compare it with the state before anything else is applied.`;
}

/** The warning where it could not be kept; `why` in words. */
export function leftStateStaysText(path: string, why: string): string {
  return `A state that a killed job left in ${path} could not be kept in S3, and stays there. ${why}`;
}
